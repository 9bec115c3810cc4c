using Pipeline.Imaging.Headers;

namespace Pipeline.Imaging.Codecs;

/// <summary>What a decoding library has to offer; <see cref="GuardedCodec"/> does every check that needs no pixel.</summary>
internal interface IPixelEngine
{
    string Name { get; }

    /// <summary>Decodes a file whose header has been read and found complete and within the limits.</summary>
    RgbImage Decode(ReadOnlySpan<byte> data, ImageHeader header, DecodeLimits limits, string name);

    /// <summary>Encodes interleaved samples of one or three channels.</summary>
    byte[] Encode(int width, int height, int channels, ReadOnlySpan<byte> samples, EncodeOptions options);
}
