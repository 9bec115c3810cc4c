using Pipeline.Imaging;
using Pipeline.Models;

namespace Pipeline.Cli.Parity;

/// <summary>Pictures that lie in a case's folder under the name of an expected key.</summary>
internal static class CasePicture
{
    private static readonly string[] Endings = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"];

    /// <summary>Reads <paramref name="name"/> with whichever ending it has.</summary>
    internal static RgbImage Read(ParityCase reference, string name) =>
        Array.Find(Endings, ending => reference.HasFile(name + ending)) is { } found
            ? ImageCodec.Default.DecodeFile(reference.PathOf(name + found))
            : throw new ModelFormatException($"{reference.PathOf(name)}: the case expects a picture of this name, and there is none");
}
