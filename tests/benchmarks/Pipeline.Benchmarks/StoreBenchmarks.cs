using System.Diagnostics;
using Pipeline.Contracts.Artefacts;
using Pipeline.Storage;
using Pipeline.Storage.S3;
using Pipeline.TestS3;

namespace Pipeline.Benchmarks;

/// <summary>What artefact stores cost: many small objects, one large tensor, and the memory that it takes.</summary>
internal static class StoreBenchmarks
{
    private const int Small = 2000;
    private const int SmallBytes = 4096;
    private const long LargeBytes = 256L << 20;
    private const int Parallelism = 8;

    public static async Task RunAsync()
    {
        string root = Directory.CreateTempSubdirectory("moodpipe-store-").FullName;
        try
        {
            await using S3Server server = await S3Server.StartAsync(new S3ServerOptions { Root = Path.Combine(root, "server") });
            await using S3Server quick = await S3Server.StartAsync(new S3ServerOptions { Root = Path.Combine(root, "quick"), FlushToDisk = false });
            server.Storage.CreateBucket("bench");
            quick.Storage.CreateBucket("bench");
            Console.WriteLine($"{Small} objects of {SmallBytes} bytes, {Parallelism} at a time, per second; one blob of {LargeBytes >> 20} MiB, MiB/s; peak of managed memory above the start, MiB");
            Console.WriteLine("| store | put | put again | get | publish | find | large put | large get | memory |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
            await MeasureAsync("folder", Path.Combine(root, "folder"), new StoreOptions());
            await MeasureAsync("folder, not flushed", Path.Combine(root, "unflushed"), new StoreOptions { FlushToDisk = false });
            await MeasureAsync("S3 test server", "s3://bench/run", Access(server));
            await MeasureAsync("S3 test server, not flushed", "s3://bench/run", Access(quick));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static StoreOptions Access(S3Server server) => new() { S3 = new S3Access { ServiceUrl = server.Endpoint, AccessKey = "test-access", SecretKey = "test-secret" } };

    private static async Task MeasureAsync(string name, string address, StoreOptions options)
    {
        IArtefactStore store = ArtefactStores.Open(address, options);
        var blobs = new BlobRef[Small];
        double put = await RateAsync(async i => blobs[i] = await store.PutBlobAsync(Content(i), "x", default));
        double again = await RateAsync(i => store.PutBlobAsync(Content(i), "x", default));
        double get = await RateAsync(i => store.ReadBlobAsync(blobs[i], SmallBytes, default));
        double publish = await RateAsync(i => store.PublishManifestAsync(Key(i), Content(i), default));
        double find = await RateAsync(i => store.TryReadManifestAsync(Key(i), default));
        (double largePut, double largeGet, long memory) = await LargeAsync(store);
        Console.WriteLine($"| {name} | {put:0} | {again:0} | {get:0} | {publish:0} | {find:0} | {largePut:0} | {largeGet:0} | {memory >> 20} |");
        (store as IDisposable)?.Dispose();
    }

    private static async Task<double> RateAsync(Func<int, Task> action)
    {
        long start = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, Small, new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, async (i, _) => await action(i));
        return Small / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<(double Put, double Get, long Memory)> LargeAsync(IArtefactStore store)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long peak = before;
        using var watch = new Timer(_ => peak = Math.Max(peak, GC.GetTotalMemory(false)), null, 0, 5);
        long start = Stopwatch.GetTimestamp();
        BlobRef blob = await store.PutBlobAsync(new Repeating(LargeBytes), "x", default);
        double put = (LargeBytes >> 20) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        await using Stream stream = await store.OpenBlobAsync(blob, default);
        await stream.CopyToAsync(Stream.Null);
        return (put, (LargeBytes >> 20) / Stopwatch.GetElapsedTime(start).TotalSeconds, peak - before);
    }

    private static ManifestKey Key(int i) => new("edit", Sha256Digest.Of(BitConverter.GetBytes(i)));

    private static byte[] Content(int i)
    {
        byte[] content = new byte[SmallBytes];
        BitConverter.TryWriteBytes(content, i);
        return content;
    }

    private sealed class Repeating(long length) : Stream
    {
        private long position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get => position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = (int)Math.Min(count, length - position);
            buffer.AsSpan(offset, read).Fill((byte)(position >> 20));
            position += read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
