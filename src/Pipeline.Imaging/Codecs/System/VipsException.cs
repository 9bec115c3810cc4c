using System.Runtime.InteropServices;

namespace Pipeline.Imaging.Codecs;

/// <summary>What libvips said; taking the text empties its error buffer, which all threads share.</summary>
internal sealed class VipsException() : Exception(TakeMessage())
{
    private static string TakeMessage()
    {
        string text = Marshal.PtrToStringUTF8(VipsNative.vips_error_buffer()) ?? string.Empty;
        VipsNative.vips_error_clear();
        return string.Join("; ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct());
    }
}
