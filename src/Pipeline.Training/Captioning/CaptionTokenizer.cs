using Pipeline.Models.Tokenizers;
using Pipeline.Models.Tokenizers.Building;
using Pipeline.Training.World;

namespace Pipeline.Training.Captioning;

/// <summary>The tokenizer of the tiny captioner: OPT's byte-pair form, learned from the world's captions, in which every word of the world is one token, so that the longest caption has 20.</summary>
public static class CaptionTokenizer
{
    private const int MostMerges = 2_000;
    private static readonly Lazy<ITokenizer> s_shared = new(Learn);

    /// <summary>The tokenizer; learned once a process.</summary>
    public static ITokenizer Shared => s_shared.Value;

    /// <summary>Writes its files into an existing folder; the same bytes every time.</summary>
    public static void Write(string folder) => TokenizerBuilder.WriteOpt(folder, WorldWords.Text(), MostMerges);

    private static ITokenizer Learn()
    {
        string folder = Directory.CreateTempSubdirectory("moodpipe-tokenizer-").FullName;
        try
        {
            Write(folder);
            return TokenizerLoader.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
