using Pipeline.Evaluation.PieBench;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;

namespace Pipeline.Evaluation.Suites;

/// <summary>The region of an edit as a suite gives it: run lengths over 512x512 (PIE-Bench), or a file.</summary>
/// <param name="Runs">Pairs of start and length, or null.</param>
/// <param name="Path">A grey picture, relative to the suite's folder, or null.</param>
public sealed record SuiteMask(IReadOnlyList<int>? Runs, string? Path)
{
    /// <summary>The mask in a picture's size, 1 = may change.</summary>
    /// <param name="folder">Folder of the suite.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <exception cref="SuiteException">The run lengths or the file cannot be read.</exception>
    public MaskImage Read(string folder, int width, int height)
    {
        try
        {
            MaskImage mask = Runs is not null ? RunLengthMask.Decode(Runs) : MaskImage.Decode(File.ReadAllBytes(System.IO.Path.Combine(folder, Path!)));
            return mask.Width == width && mask.Height == height ? mask : mask.Resize(width, height, ResampleFilter.Bilinear);
        }
        catch (Exception error) when (error is FormatException or IOException or UnauthorizedAccessException or ImageFormatException)
        {
            throw new SuiteException($"{Path ?? "mask"}: not a mask: {error.Message}", error);
        }
    }
}
