using System.Buffers;
using System.Runtime.CompilerServices;

namespace Pipeline.Contracts.Jobs;

/// <summary>Splits a stream into lines with a limit on their length; a longer line comes back as null and is skipped without being held in memory.</summary>
internal static class LineSplitter
{
    private const int BufferBytes = 64 * 1024;

    public static async IAsyncEnumerable<(int Number, byte[]? Bytes)> SplitAsync(
        Stream stream, int maxBytes, [EnumeratorCancellation] CancellationToken cancellation)
    {
        byte[] buffer = new byte[BufferBytes];
        var line = new ArrayBufferWriter<byte>();
        int number = 0;
        bool tooLong = false;
        bool pending = false;
        int read;
        while ((read = await stream.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0)
        {
            int start = 0;
            while (start < read)
            {
                int length = buffer.AsSpan(start, read - start).IndexOf((byte)'\n');
                int take = length < 0 ? read - start : length;
                tooLong |= line.WrittenCount + take > maxBytes;
                if (!tooLong)
                {
                    line.Write(buffer.AsSpan(start, take));
                }

                pending = true;
                start += take;
                if (length >= 0)
                {
                    start++;
                    yield return (++number, tooLong ? null : Content(line, number));
                    line.ResetWrittenCount();
                    (tooLong, pending) = (false, false);
                }
            }
        }

        if (pending)
        {
            yield return (++number, tooLong ? null : Content(line, number));
        }
    }

    private static byte[] Content(ArrayBufferWriter<byte> line, int number)
    {
        ReadOnlySpan<byte> bytes = line.WrittenSpan;
        if (number == 1 && bytes.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            bytes = bytes[3..];
        }

        return bytes.ToArray();
    }
}
