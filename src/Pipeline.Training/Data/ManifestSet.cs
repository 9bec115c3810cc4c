using Microsoft.Win32.SafeHandles;
using Pipeline.Imaging;
using Pipeline.Training.World;

namespace Pipeline.Training.Data;

/// <summary>One side of a manifest: its training lines, or those held out.</summary>
internal sealed class ManifestSet(SafeFileHandle file, string path, long[] offsets, int count, PictureCrop crop, bool isTraining, BrokenPictures broken) : IPictureSet
{
    private const ulong CaptionPurpose = 61;

    private readonly string _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

    public int Count => count;

    /// <summary>The line of a picture.</summary>
    public ManifestLine Line(int number) => ManifestLine.Parse(Bytes(number), Place(number));

    /// <summary>The five sentences of a picture.</summary>
    public MoodAnnotation Annotation(int number) => MoodAnnotation.Parse(Bytes(number), Place(number));

    public RgbImage? Picture(int number, long epoch)
    {
        ManifestLine line = Line(number);
        try
        {
            using FileStream stream = PictureFile.Open(Path.Combine(_folder, line.Image));
            return crop.Take(ImageCodec.Default.Decode(stream, null, line.Image), number, isTraining ? epoch : null);
        }
        catch (Exception error) when (error is ImageFormatException or IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            broken.Add(line.Image, error.Message);
            return null;
        }
    }

    private ReadOnlyMemory<byte> Bytes(int number) => ManifestIndex.ReadLine(file, offsets[number]);

    private string Place(int number) => $"{path}, byte {offsets[number]}";

    /// <summary>One of the captions, by the draw; the first of a held-out picture; nothing where there is none.</summary>
    public string Caption(int number, ulong draw)
    {
        IReadOnlyList<string> captions = Line(number).Captions;
        return captions.Count == 0 ? "" : captions[isTraining ? new SeededRandom(draw, CaptionPurpose).Below(captions.Count) : 0];
    }
}
