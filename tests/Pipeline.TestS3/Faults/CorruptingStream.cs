namespace Pipeline.TestS3.Faults;

/// <summary>Flips the lowest bit of one byte on its way out.</summary>
internal sealed class CorruptingStream(Stream inner, long position) : PassingStream(inner)
{
    private long written;

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
