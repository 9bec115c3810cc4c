using static Pipeline.Imaging.Codecs.VipsNative;

namespace Pipeline.Imaging.Codecs;

/// <summary>One libvips operation: set properties, run, take outputs, dispose.</summary>
internal sealed unsafe class VipsOperation : IDisposable
{
    private readonly nint _operation;

    /// <exception cref="VipsException">This libvips has no such operation.</exception>
    internal VipsOperation(string name)
    {
        _operation = vips_operation_new(name);
        if (_operation == 0)
        {
            throw new VipsException();
        }
    }

    /// <summary>Sets a number, flag or enumeration from its text.</summary>
    internal VipsOperation With(string property, string value) =>
        vips_object_set_argument_from_string(_operation, property, value) == 0 ? this : throw new VipsException();

    internal VipsOperation With(string property, VipsImage image)
    {
        GValue value = default;
        g_value_init(ref value, vips_image_get_type());
        g_value_set_object(ref value, image.Pointer);
        g_object_set_property(_operation, property, ref value);
        g_value_unset(ref value);
        return this;
    }

    /// <summary>Sets a property to a copy of <paramref name="data"/>, which lives as long as any image made from it.</summary>
    internal VipsOperation With(string property, ReadOnlySpan<byte> data)
    {
        fixed (byte* bytes = data)
        {
            nint blob = vips_blob_copy(bytes, (nuint)data.Length);
            GValue value = default;
            g_value_init(ref value, vips_blob_get_type());
            g_value_set_boxed(ref value, blob);
            g_object_set_property(_operation, property, ref value);
            g_value_unset(ref value);
            vips_area_unref(blob);
        }

        return this;
    }

    /// <summary>Checks the arguments and runs the operation as far as it runs at once (a loader reads the header).</summary>
    /// <exception cref="VipsException">The operation failed.</exception>
    internal VipsOperation Run() => vips_object_build(_operation) == 0 ? this : throw new VipsException();

    /// <summary>Runs, takes the output image and disposes the operation.</summary>
    internal VipsImage RunForImage()
    {
        using (this)
        {
            return Run().OutputImage();
        }
    }

    internal VipsImage OutputImage(string property = "out")
    {
        GValue value = default;
        g_value_init(ref value, vips_image_get_type());
        g_object_get_property(_operation, property, ref value);
        nint image = g_object_ref(g_value_get_object(ref value));
        g_value_unset(ref value);
        return new VipsImage(image);
    }

    internal byte[] OutputBytes(string property = "buffer")
    {
        GValue value = default;
        g_value_init(ref value, vips_blob_get_type());
        g_object_get_property(_operation, property, ref value);
        byte* data = vips_blob_get(g_value_get_boxed(ref value), out nuint length);
        byte[] bytes = new ReadOnlySpan<byte>(data, checked((int)length)).ToArray();
        g_value_unset(ref value);
        return bytes;
    }

    public void Dispose()
    {
        // Also after a failure: outputs may have been made before it.
        vips_object_unref_outputs(_operation);
        g_object_unref(_operation);
    }
}
