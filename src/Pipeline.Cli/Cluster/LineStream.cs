namespace Pipeline.Cli.Cluster;

/// <summary>Lines that are made while they are read: a manifest of any length in little memory. Forward only.</summary>
internal sealed class LineStream(IAsyncEnumerable<byte[]> lines) : Stream
{
    private readonly IAsyncEnumerator<byte[]> source = lines.GetAsyncEnumerator();
    private ReadOnlyMemory<byte> rest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int filled = 0;
        while (filled < buffer.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (rest.IsEmpty)
            {
                if (!await source.MoveNextAsync().ConfigureAwait(false))
                {
                    break;
                }

                rest = source.Current;
            }

            int count = Math.Min(rest.Length, buffer.Length - filled);
            rest.Span[..count].CopyTo(buffer.Span[filled..]);
            rest = rest[count..];
            filled += count;
        }

        return filled;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await source.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
