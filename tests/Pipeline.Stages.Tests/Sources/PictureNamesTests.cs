using Pipeline.Stages.Sources;

namespace Pipeline.Stages.Tests.Sources;

public sealed class PictureNamesTests
{
    [Fact]
    public async Task A_picture_is_named_without_extension_unless_another_one_would_have_its_name()
    {
        string[] keys = ["a.b/x.jpg", "a.jpg", "a.k.png", "a.png", "b.jpg", "c.png.jpg", "d/a.PNG", "d/e.gif", "d/e.jpg"];
        Assert.Equal(["a.b/x", "a.jpg", "a.k", "a.png", "b", "c.png.jpg", "d/a", "d/e.gif", "d/e.jpg"], await NamesAsync(keys));
    }

    [Fact]
    public async Task Names_differ_and_say_where_the_picture_is_whatever_the_keys_are()
    {
        string[] parts = ["a", "b", "a.b", "a-b", "a.jpg"], ends = [".jpg", ".png", ".JPG"];
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            string[] keys = [.. Enumerable.Range(0, 30).Select(_ => string.Join('/', Enumerable.Range(0, 1 + random.Next(3)).Select(_ => parts[random.Next(parts.Length)])) + ends[random.Next(3)])
                .Distinct().Order(StringComparer.Ordinal)];
            string[] names = await NamesAsync(keys);
            Assert.Equal(keys.Length, names.Distinct().Count());
            for (int i = 0; i < keys.Length; i++)
            {
                string stem = keys[i][..keys[i].LastIndexOf('.')];
                bool alone = keys.Count(k => k[..k.LastIndexOf('.')] == stem) == 1 && !SourceListing.IsPicture(stem);
                Assert.Equal(alone ? stem : keys[i], names[i]);
            }
        }
    }

    [Fact]
    public async Task Not_more_is_held_than_a_bound_however_the_keys_are()
    {
        // "a" cannot be told from "a.…" before the last of them; who waits too long keeps the extension.
        IEnumerable<string> keys = Enumerable.Range(0, 150_000).Select(i => $"a.{i:D6}.jpg").Prepend("a.bmp").Append("a.jpg").Append("b.jpg").Order(StringComparer.Ordinal);
        string[] names = await NamesAsync(keys);
        Assert.Equal(150_003, names.Distinct().Count());
        Assert.Equal(["a.jpg", "b"], names[^2..]);
    }

    private static async Task<string[]> NamesAsync(IEnumerable<string> keys)
    {
        var names = new List<string>();
        await foreach ((string name, _) in PictureNames.OfAsync(keys.ToAsyncEnumerable(), default))
        {
            names.Add(name);
        }

        return [.. names];
    }
}
