using Pipeline.Methods.Emotions;
using Pipeline.Models.Tokenizers;
using Pipeline.Models.Tokenizers.Building;
using Pipeline.Training.World;

namespace Pipeline.Training.Language;

/// <summary>
/// The tokenizer of the tiny family's language model: Llama's sentencepiece form, in which the constant stretches of questions and answers are user-defined symbols. It stays
/// lossless: any other text is spelt with learned pairs, characters and bytes.
/// </summary>
public static class LanguageTokenizer
{
    private const int Scenes = 800;
    private const int MostMerges = 300;
    private static readonly LearnedTokenizer s_learned = new(folder => TokenizerBuilder.WriteLlama(folder, Text(), MostMerges, ["<image>", "<pad>"], Pieces()));

    /// <summary>The tokenizer; learned once a process.</summary>
    public static ITokenizer Shared => s_learned.Value;

    /// <summary>The token that the picture takes the place of.</summary>
    public static int ImageToken => Shared.VocabularySize - 2;

    /// <summary>Padding.</summary>
    public static int PadToken => Shared.VocabularySize - 1;

    /// <summary>Writes its files into an existing folder; the same bytes every time.</summary>
    public static void Write(string folder) => s_learned.Write(folder);

    /// <summary>Ids of an answer: one a part where the vocabulary has it.</summary>
    internal static IEnumerable<int> Ids(AnswerPiece piece) =>
        Shared.TokenId(piece.Text.Replace(' ', '\u2581')) is { } id ? [id] : [.. Shared.Encode(piece.Text).Skip(1)];

    /// <summary>What is written about scenes in all moods, and the constant stretches of the questions.</summary>
    private static List<string> Pieces()
    {
        HashSet<string> pieces = new([.. QuestionPieces.All(), .. GridBox.Words, .. GridBox.Words.Select(w => w + ", ")], StringComparer.Ordinal);
        for (ulong seed = 0; seed < Scenes; seed++)
        {
            RenderedScene scene = SceneRenderer.Render(Scene.Sample(seed));
            EmotionAnswer answer = new(scene, scene.Scene, (Mood)(1 + (seed % 8)));
            IEnumerable<AnswerPiece> written = [.. SceneAnswer.Write(scene.Scene, SceneRegions.Of(scene)), .. answer.Json(), .. answer.Sections()];
            pieces.UnionWith(written.Select(p => p.Text));
        }

        return [.. pieces];
    }

    private static string Text() => string.Join('\n', [
        .. DomainHints.Default.Domains.SelectMany(d => d.Words.OrderBy(w => w.Key).SelectMany(w => w.Value)),
        .. WorldWords.Text().Split('\n').Take(400)]);
}
