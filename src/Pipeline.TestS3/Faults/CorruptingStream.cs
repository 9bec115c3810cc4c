namespace Pipeline.TestS3.Faults;

/// <summary>Flips the lowest bit of one byte on its way in or out.</summary>
internal sealed class CorruptingStream(Stream inner, long position) : PassingStream(inner)
{
    private long read;
    private long written;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await Inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        long offset = position - read;
        read += count;
        if (offset >= 0 && offset < count)
        {
            buffer.Span[(int)offset] ^= 1;
        }

        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        long offset = position - written;
        written += buffer.Length;
        if (offset >= 0 && offset < buffer.Length)
        {
            byte[] copy = buffer.ToArray();
            copy[offset] ^= 1;
            buffer = copy;
        }

        await Inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
    }
}
