using System.Runtime.InteropServices;
using static Pipeline.Imaging.Codecs.VipsNative;

namespace Pipeline.Imaging.Codecs;

/// <summary>One reference to a libvips image. An image is a recipe: pixels are computed when <see cref="WriteToMemory"/> asks for them.</summary>
internal sealed unsafe class VipsImage : SafeHandle
{
    internal VipsImage(nint owned)
        : base(0, ownsHandle: true) => SetHandle(owned);

    public override bool IsInvalid => handle == 0;

    internal nint Pointer => handle;

    internal int Width => vips_image_get_width(handle);

    internal int Height => vips_image_get_height(handle);

    internal int Bands => vips_image_get_bands(handle);

    internal VipsBandFormat Format => vips_image_get_format(handle);

    internal VipsInterpretation Interpretation => vips_image_get_interpretation(handle);

    /// <summary>Copies samples into a new image.</summary>
    internal static VipsImage FromSamples(int width, int height, int bands, ReadOnlySpan<byte> samples)
    {
        fixed (byte* data = samples)
        {
            nint image = vips_image_new_from_memory_copy(data, (nuint)samples.Length, width, height, bands, VipsBandFormat.Byte);
            return image != 0 ? new VipsImage(image) : throw new VipsException();
        }
    }

    /// <summary>The bytes of a metadata field, or null.</summary>
    internal byte[]? Blob(string field)
    {
        if (vips_image_get_typeof(handle, field) != vips_blob_get_type() || vips_image_get_blob(handle, field, out byte* data, out nuint length) != 0)
        {
            return null;
        }

        return new ReadOnlySpan<byte>(data, checked((int)length)).ToArray();
    }

    /// <summary>An integer metadata field, or null.</summary>
    internal int? Int(string field) =>
        vips_image_get_typeof(handle, field) != 0 && vips_image_get_int(handle, field, out int value) == 0 ? value : null;

    /// <summary>Computes all pixels and hands them to <paramref name="read"/> as interleaved samples; the memory is libvips' and ends with the call.</summary>
    /// <exception cref="VipsException">A pixel could not be computed.</exception>
    internal T WriteToMemory<T>(Func<Samples, T> read)
    {
        byte* data = vips_image_write_to_memory(handle, out nuint length);
        if (data == null)
        {
            throw new VipsException();
        }

        try
        {
            return read(new Samples(data, checked((long)length)));
        }
        finally
        {
            g_free(data);
        }
    }

    protected override bool ReleaseHandle()
    {
        g_object_unref(handle);
        return true;
    }

    /// <summary>Samples in native memory; may be longer than a span can address.</summary>
    internal readonly struct Samples(byte* data, long length)
    {
        internal ReadOnlySpan<byte> Bytes(long offset, int count) => offset + count <= length
            ? new ReadOnlySpan<byte>(data + offset, count)
            : throw new ArgumentOutOfRangeException(nameof(count));
    }
}
