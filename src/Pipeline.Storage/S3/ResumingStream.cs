namespace Pipeline.Storage.S3;

/// <summary>Reads an object from start to end; when the connection breaks, it goes on where it stopped.</summary>
/// <param name="open">Opens the object at a position.</param>
/// <param name="first">The object, opened at its beginning.</param>
/// <param name="size">Bytes of the object.</param>
/// <param name="damaged">Makes the error for content that is not what its tag says.</param>
/// <param name="options">Settings of the store.</param>
internal sealed class ResumingStream(Func<long, CancellationToken, Task<Stream>> open, Stream first, long size, Func<string, Exception> damaged, S3StoreOptions options) : Stream
{
    // Breaks without a byte between them that are endured; each opening has its own, longer patience.
    private const int MaxBreaks = 5;
    private Stream? current = first;
    private long position;
    private int breaks;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => size;

    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (position < size && buffer.Length > 0)
        {
            try
            {
                current ??= await open(position, cancellationToken).ConfigureAwait(false);
                int read = await ReadInTimeAsync(current, buffer, cancellationToken).ConfigureAwait(false);
                if (read > 0)
                {
                    position += read;
                    breaks = 0;
                    return read;
                }

                throw new EndOfStreamException($"the store sent {position} of {size} bytes");
            }
            catch (Exception e) when (S3Failure.IsPassing(e, cancellationToken))
            {
                CloseCurrent();
                if (++breaks > MaxBreaks)
                {
                    throw S3Failure.Translate(e, "send an object whole", options, cancellationToken)!;
                }
            }
            catch (Exception e) when (S3Failure.IsDamage(e))
            {
                throw damaged(e.Message);
            }
        }

        return 0;
    }

    // A connection that is open and silent would otherwise hold its reader for ever.
    private async Task<int> ReadInTimeAsync(Stream source, Memory<byte> buffer, CancellationToken cancellation)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timed.CancelAfter(options.RequestTimeout);
        return await source.ReadAsync(buffer, timed.Token).ConfigureAwait(false);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // For decoders that can only read synchronously; there is no synchronous way to ask the store again.
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

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
            CloseCurrent();
        }

        base.Dispose(disposing);
    }

    private void CloseCurrent()
    {
        Stream? closing = current;
        current = null;
        try
        {
            closing?.Dispose();
        }
        catch (Exception e) when (S3Failure.IsDamage(e))
        {
            // The SDK compares with the ETag when it closes. Whoever read to the end has been told by the digest.
        }
    }
}
