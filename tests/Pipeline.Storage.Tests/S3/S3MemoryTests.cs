using Pipeline.Contracts.Artefacts;
using Pipeline.Storage.S3;

namespace Pipeline.Storage.Tests.S3;

/// <summary>Runs alone: what other tests allocate would be counted too.</summary>
[Collection(nameof(S3MemoryTests))]
[CollectionDefinition(nameof(S3MemoryTests), DisableParallelization = true)]
public sealed class S3MemoryTests : IDisposable
{
    private readonly S3Place place = new();

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_large_put_and_its_reading_keep_little_in_memory()
    {
        const long size = 200L << 20;
        S3ArtefactStore store = place.Open();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long peak = 0;
        using var watch = new Timer(_ => peak = Math.Max(peak, GC.GetTotalMemory(false)), null, 0, 5);
        BlobRef blob = await store.PutBlobAsync(new RepeatingStream(new byte[1 << 20], size), "x", default);
        using (Stream stream = await store.OpenBlobAsync(blob, default))
        {
            await stream.CopyToAsync(Stream.Null);
        }

        // Client and server together, garbage that is not collected yet included.
        Assert.InRange(peak - before, 0, size / 2);
    }

    private sealed class RepeatingStream(byte[] content, long length) : MemoryStream
    {
        private long given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = (int)Math.Min(Math.Min(buffer.Length, content.Length), length - given);
            content.AsSpan(0, count).CopyTo(buffer.Span);
            given += count;
            return new(count);
        }
    }
}
