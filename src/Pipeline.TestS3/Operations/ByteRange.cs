using System.Globalization;

namespace Pipeline.TestS3.Operations;

/// <summary>The part of an object that a <c>Range</c> header asks for.</summary>
internal readonly record struct ByteRange(long Start, long Length)
{
    /// <summary>The range, null where there is none or it is not understood (then the whole is sent, as RFC 9110 allows).</summary>
    public static ByteRange? Parse(string header, long size)
    {
        if (!header.StartsWith("bytes=", StringComparison.Ordinal) || header[6..].Split('-') is not [{ } first, { } last])
        {
            return null;
        }

        bool hasFirst = long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out long from);
        bool hasLast = long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long to);
        (long start, long length) = (hasFirst, hasLast) switch
        {
            (true, true) => (from, Math.Min(to, size - 1) - from + 1),
            (true, false) => (from, size - from),
            (false, true) => (Math.Max(0, size - to), Math.Min(size, to)),
            _ => (0, size),
        };
        return length > 0 ? new ByteRange(start, length) : throw new S3Exception(416, "InvalidRange", $"the object has {size} bytes");
    }
}
