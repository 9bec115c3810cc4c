using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace Pipeline.TestS3.Bodies;

/// <summary>Takes the <c>aws-chunked</c> framing off a body: sizes, signatures of chunks, and the trailer.</summary>
internal sealed class ChunkedBody(Stream body, ChunkSignatures? signatures)
{
    private const int MaxLine = 8192;
    private const int MaxChunk = 64 << 20;
    private readonly PipeReader reader = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));

    /// <summary>Fields that came after the content; complete when <see cref="CopyAsync"/> ended.</summary>
    public Dictionary<string, string> Trailer { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Hands the content on, piece by piece.</summary>
    public async Task CopyAsync(Action<ReadOnlySpan<byte>> sink, CancellationToken cancellation)
    {
        while (true)
        {
            (int size, string signature) = Header(await LineAsync(cancellation).ConfigureAwait(false));
            await ChunkAsync(size, sink, cancellation).ConfigureAwait(false);
            signatures?.EndChunk(signature);
            if (size == 0)
            {
                await TrailerAsync(cancellation).ConfigureAwait(false);
                return;
            }

            if ((await LineAsync(cancellation).ConfigureAwait(false)).Length != 0)
            {
                throw Malformed("a chunk is longer than it says");
            }
        }
    }

    private async Task ChunkAsync(int size, Action<ReadOnlySpan<byte>> sink, CancellationToken cancellation)
    {
        while (size > 0)
        {
            ReadResult read = await reader.ReadAsync(cancellation).ConfigureAwait(false);
            if (read.Buffer.IsEmpty && read.IsCompleted)
            {
                throw Malformed("the body ends within a chunk");
            }

            var part = read.Buffer.Slice(0, Math.Min(size, read.Buffer.Length));
            foreach (ReadOnlyMemory<byte> segment in part)
            {
                signatures?.Append(segment.Span);
                sink(segment.Span);
            }

            size -= (int)part.Length;
            reader.AdvanceTo(part.End);
        }
    }

    private async Task TrailerAsync(CancellationToken cancellation)
    {
        var signed = new StringBuilder();
        while (await LineAsync(cancellation, mayEnd: true).ConfigureAwait(false) is { Length: > 0 } line)
        {
            string[] field = line.Split(':', 2);
            if (field.Length != 2)
            {
                throw Malformed("a line of the trailer is not a field");
            }

            if (field[0] == "x-amz-trailer-signature")
            {
                signatures?.EndTrailer(Encoding.UTF8.GetBytes(signed.ToString()), field[1].Trim());
                signatures = null;
                continue;
            }

            Trailer[field[0].Trim()] = field[1].Trim();
            signed.Append(field[0].Trim()).Append(':').Append(field[1].Trim()).Append('\n');
        }

        if (signatures is not null && Trailer.Count > 0)
        {
            throw S3Exception.Denied("SignatureDoesNotMatch", "the trailer is not signed");
        }
    }

    private async Task<string> LineAsync(CancellationToken cancellation, bool mayEnd = false)
    {
        while (true)
        {
            ReadResult read = await reader.ReadAsync(cancellation).ConfigureAwait(false);
            if (System.Buffers.BuffersExtensions.PositionOf(read.Buffer, (byte)'\n') is { } end)
            {
                string line = Encoding.ASCII.GetString(read.Buffer.Slice(0, end)).TrimEnd('\r');
                reader.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            if (read.IsCompleted || read.Buffer.Length > MaxLine)
            {
                return mayEnd && read.Buffer.IsEmpty ? "" : throw Malformed("a line of the framing does not end");
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private (int Size, string Signature) Header(string line)
    {
        string[] parts = line.Split(';', 2);
        if (!int.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int size) || size is < 0 or > MaxChunk)
        {
            throw Malformed("a chunk does not begin with its size");
        }

        const string name = "chunk-signature=";
        string signature = parts.Length == 2 && parts[1].StartsWith(name, StringComparison.Ordinal) ? parts[1][name.Length..] : "";
        return signatures is null || signature.Length > 0 ? (size, signature) : throw Malformed("a chunk has no signature");
    }

    private static S3Exception Malformed(string why) => S3Exception.BadRequest("InvalidChunk", $"the aws-chunked body is wrong: {why}");
}
