using Microsoft.AspNetCore.Http;

namespace Pipeline.TestS3.Faults;

/// <summary>Lets some bytes pass in one direction and then cuts the connection.</summary>
internal sealed class DroppingStream(Stream inner, long allowed, HttpContext context) : PassingStream(inner)
{
    private long left = allowed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int limit = (int)Math.Min(buffer.Length, Cut(left));
        int read = await Inner.ReadAsync(buffer[..limit], cancellationToken).ConfigureAwait(false);
        left -= read;
        return read;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int passing = (int)Math.Min(buffer.Length, left);
        await Inner.WriteAsync(buffer[..passing], cancellationToken).ConfigureAwait(false);
        await Inner.FlushAsync(cancellationToken).ConfigureAwait(false);
        left -= passing;
        if (passing < buffer.Length)
        {
            Cut(0);
        }
    }

    private long Cut(long remaining)
    {
        if (remaining > 0)
        {
            return remaining;
        }

        context.Abort();
        throw new OperationCanceledException("the connection was cut by a fault");
    }
}
