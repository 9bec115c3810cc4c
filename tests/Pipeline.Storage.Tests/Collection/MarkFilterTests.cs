using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Artefacts;
using Pipeline.Storage.Collection;

namespace Pipeline.Storage.Tests.Collection;

public sealed class MarkFilterTests
{
    [Fact]
    public void What_was_marked_is_never_forgotten() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[][]>(), ArbMap.Default.ArbFor<ulong>(),
        (texts, salt) =>
        {
            var filter = new MarkFilter(new UInt128(salt, ~salt));
            string[] digests = [.. texts.Where(t => t is not null).Select(t => Sha256Digest.Of(t))];
            Array.ForEach(digests, filter.Add);
            return digests.All(filter.Contains);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_many_digests_all_marked_ones_are_known_and_hardly_any_other()
    {
        var filter = new MarkFilter(12345);
        foreach (int i in Enumerable.Range(0, 600_000)) // grows twice
        {
            filter.Add(Digest(i));
        }

        Assert.All(Enumerable.Range(0, 600_000).Where(i => i % 7 == 0), i => Assert.True(filter.Contains(Digest(i))));
        int false_ = Enumerable.Range(1_000_000, 100_000).Count(i => filter.Contains(Digest(i)));
        Assert.InRange(false_, 0, 400);
    }

    [Fact]
    public void Another_salt_mistakes_others()
    {
        MarkFilter[] filters = [new(1), new(2)];
        foreach (int i in Enumerable.Range(0, 260_000))
        {
            Array.ForEach(filters, f => f.Add(Digest(i)));
        }

        int[] mistaken = [.. Enumerable.Range(1_000_000, 200_000).Where(i => filters[0].Contains(Digest(i)))];
        Assert.NotEmpty(mistaken);
        Assert.True(mistaken.Count(i => filters[1].Contains(Digest(i))) <= mistaken.Length / 4);
    }

    private static string Digest(int i) => Sha256Digest.Of(BitConverter.GetBytes(i));
}
