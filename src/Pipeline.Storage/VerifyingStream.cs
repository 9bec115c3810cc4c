using System.Security.Cryptography;
using Pipeline.Contracts.Artefacts;

namespace Pipeline.Storage;

/// <summary>Passes a blob's content through and checks length and digest before the last bytes are handed out.</summary>
internal sealed class VerifyingStream : Stream
{
    private readonly Stream inner;
    private readonly BlobRef blob;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long position;

    /// <param name="inner">Content; owned by this stream.</param>
    /// <param name="blob">What the content must be.</param>
    public VerifyingStream(Stream inner, BlobRef blob)
    {
        (this.inner, this.blob) = (inner, blob);
        if (blob.Size == 0)
        {
            Check(0);
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => blob.Size;

    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        int count = inner.Read(Limit(buffer));
        Account(buffer[..count], buffer.IsEmpty);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int limit = Limit(buffer.Span).Length;
        int count = await inner.ReadAsync(buffer[..limit], cancellationToken).ConfigureAwait(false);
        Account(buffer.Span[..count], buffer.IsEmpty);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private Span<byte> Limit(Span<byte> buffer) => buffer[..(int)Math.Min(buffer.Length, blob.Size - position)];

    private void Account(ReadOnlySpan<byte> read, bool nothingAsked)
    {
        if (read.IsEmpty)
        {
            if (!nothingAsked && position < blob.Size)
            {
                throw new ArtefactCorruptException(blob, $"it ends after {position} of {blob.Size} bytes");
            }

            return;
        }

        hash.AppendData(read);
        Check(read.Length);
    }

    private void Check(int added)
    {
        position += added;
        if (position == blob.Size && Convert.ToHexStringLower(hash.GetCurrentHash()) is var actual && actual != blob.Sha256)
        {
            throw new ArtefactCorruptException(blob, $"its content has the digest {actual}");
        }
    }
}
