using Pipeline.Models.Tokenizers;
using Pipeline.Models.Tokenizers.Building;
using Pipeline.Training.Language;
using Pipeline.Training.World;

namespace Pipeline.Training.Captioning;

/// <summary>The tokenizer of the tiny captioner: OPT's byte-pair form, learned from the world's captions, in which every word of the world is one token, so that the longest caption has 20.</summary>
public static class CaptionTokenizer
{
    private const int MostMerges = 2_000;
    private static readonly LearnedTokenizer s_learned = new(folder => TokenizerBuilder.WriteOpt(folder, WorldWords.Text(), MostMerges));

    /// <summary>The tokenizer; learned once a process.</summary>
    public static ITokenizer Shared => s_learned.Value;

    /// <summary>Writes its files into an existing folder; the same bytes every time.</summary>
    public static void Write(string folder) => s_learned.Write(folder);
}
