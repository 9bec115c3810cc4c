using Pipeline.Models.Tokenizers;
using Pipeline.Models.Tokenizers.Building;
using Pipeline.Training.World;

namespace Pipeline.Training.Contrast;

/// <summary>The tokenizer of the tiny family's text towers: CLIP's byte-pair form, learned from the world's captions, in which every word of the world is one token.</summary>
public static class WorldTokenizer
{
    private const int MostMerges = 2_000;
    private static readonly Lazy<ClipTokenizer> s_clip = new(Learn);

    /// <summary>The tokenizer; learned once a process.</summary>
    public static ClipTokenizer Clip => s_clip.Value;

    /// <summary>Writes its files into an existing folder; the same bytes every time.</summary>
    public static void WriteClip(string folder) => TokenizerBuilder.WriteClip(folder, WorldWords.Text(), MostMerges);

    private static ClipTokenizer Learn()
    {
        string folder = Directory.CreateTempSubdirectory("moodpipe-tokenizer-").FullName;
        try
        {
            WriteClip(folder);
            return TokenizerLoader.LoadClip(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
