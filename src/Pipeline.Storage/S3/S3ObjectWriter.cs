using System.Security.Cryptography;
using Pipeline.Contracts.Errors;
using Pipeline.Storage.Objects;

namespace Pipeline.Storage.S3;

/// <summary>Collects an object in a temporary file and sends it when it is committed.</summary>
internal sealed class S3ObjectWriter : IObjectWriter
{
    private readonly SpoolStream spool;
    private readonly Func<SpooledContent, CancellationToken, Task> send;

    public S3ObjectWriter(string folder, Func<SpooledContent, CancellationToken, Task> send)
    {
        spool = new SpoolStream(SpooledContent.Open(folder));
        this.send = send;
    }

    public Stream Stream => spool;

    public async Task CommitAsync(CancellationToken cancellation)
    {
        using SpooledContent content = await spool.CompleteAsync(cancellation).ConfigureAwait(false);
        await send(content, cancellation).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => spool.DisposeAsync();

    private sealed class SpoolStream(FileStream file) : Stream
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private long size;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => size;

        public override long Position { get => size; set => throw new NotSupportedException(); }

        public async Task<SpooledContent> CompleteAsync(CancellationToken cancellation)
        {
            await file.FlushAsync(cancellation).ConfigureAwait(false);
            return SpooledContent.Of(file, size, Convert.ToHexStringLower(hash.GetCurrentHash()));
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Count(buffer);
            file.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count(buffer.Span);
            return file.WriteAsync(buffer, cancellationToken);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                file.Dispose();
                hash.Dispose();
            }

            base.Dispose(disposing);
        }

        private void Count(ReadOnlySpan<byte> written)
        {
            if ((size += written.Length) > StoreLimits.MaxBlobBytes)
            {
                throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"the content is larger than {StoreLimits.MaxBlobBytes} bytes");
            }

            hash.AppendData(written);
        }
    }
}
