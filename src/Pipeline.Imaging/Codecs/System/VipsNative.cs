using System.Runtime.InteropServices;

namespace Pipeline.Imaging.Codecs;

/// <summary>
/// The fixed-argument entry points of libvips 8.10 and later and of GObject that the codec needs. Operations are built by name and property, the way all language
/// bindings of libvips work, so no variadic function is called.
/// </summary>
internal static unsafe partial class VipsNative
{
    private const string Vips = "libvips.so.42", GObject = "libgobject-2.0.so.0", GLib = "libglib-2.0.so.0";

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int vips_init(string argv0);

    [LibraryImport(Vips)]
    internal static partial nint vips_version_string();

    [LibraryImport(Vips)]
    internal static partial nint vips_error_buffer();

    [LibraryImport(Vips)]
    internal static partial void vips_error_clear();

    [LibraryImport(Vips)]
    internal static partial void vips_cache_set_max(int max);

    [LibraryImport(Vips)]
    internal static partial void vips_concurrency_set(int concurrency);

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint vips_operation_new(string name);

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int vips_object_set_argument_from_string(nint obj, string name, string value);

    [LibraryImport(Vips)]
    internal static partial int vips_object_build(nint obj);

    [LibraryImport(Vips)]
    internal static partial void vips_object_unref_outputs(nint obj);

    [LibraryImport(Vips)]
    internal static partial nint vips_image_new_from_memory_copy(byte* data, nuint size, int width, int height, int bands, VipsBandFormat format);

    [LibraryImport(Vips)]
    internal static partial byte* vips_image_write_to_memory(nint image, out nuint size);

    [LibraryImport(Vips)]
    internal static partial int vips_image_get_width(nint image);

    [LibraryImport(Vips)]
    internal static partial int vips_image_get_height(nint image);

    [LibraryImport(Vips)]
    internal static partial int vips_image_get_bands(nint image);

    [LibraryImport(Vips)]
    internal static partial VipsBandFormat vips_image_get_format(nint image);

    [LibraryImport(Vips)]
    internal static partial VipsInterpretation vips_image_get_interpretation(nint image);

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nuint vips_image_get_typeof(nint image, string name);

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int vips_image_get_blob(nint image, string name, out byte* data, out nuint length);

    [LibraryImport(Vips, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int vips_image_get_int(nint image, string name, out int value);

    [LibraryImport(Vips)]
    internal static partial nuint vips_blob_get_type();

    [LibraryImport(Vips)]
    internal static partial nint vips_blob_copy(byte* data, nuint length);

    [LibraryImport(Vips)]
    internal static partial byte* vips_blob_get(nint blob, out nuint length);

    [LibraryImport(Vips)]
    internal static partial void vips_area_unref(nint area);

    [LibraryImport(Vips)]
    internal static partial nuint vips_image_get_type();

    [LibraryImport(GObject)]
    internal static partial void g_object_unref(nint obj);

    [LibraryImport(GObject)]
    internal static partial nint g_object_ref(nint obj);

    [LibraryImport(GObject, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void g_object_set_property(nint obj, string name, ref GValue value);

    [LibraryImport(GObject, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void g_object_get_property(nint obj, string name, ref GValue value);

    [LibraryImport(GObject)]
    internal static partial nint g_value_init(ref GValue value, nuint type);

    [LibraryImport(GObject)]
    internal static partial void g_value_unset(ref GValue value);

    [LibraryImport(GObject)]
    internal static partial void g_value_set_object(ref GValue value, nint obj);

    [LibraryImport(GObject)]
    internal static partial nint g_value_get_object(ref GValue value);

    [LibraryImport(GObject)]
    internal static partial void g_value_set_boxed(ref GValue value, nint boxed);

    [LibraryImport(GObject)]
    internal static partial nint g_value_get_boxed(ref GValue value);

    [LibraryImport(GLib, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int g_setenv(string variable, string value, int overwrite);

    [LibraryImport(GLib)]
    internal static partial void g_free(void* memory);

    /// <summary>GLib's tagged value: the type and two words.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct GValue
    {
        internal nuint Type;
        internal ulong First, Second;
    }
}
