using static TorchSharp.torch;

namespace Pipeline.Training.Language;

/// <summary>
/// Samples as one pass of the decoder: the chat frame and the picture once, then both questions with their answers side by side, neither seeing the other, each at the positions that it
/// has when asked alone. Its tensors belong to the scope it was made in.
/// </summary>
internal sealed class LanguageBatch
{
    private const int Side = 64;

    private LanguageBatch(IReadOnlyList<int> before, int image, int sceneLength, int emotionLength, Device device)
    {
        (Before, Image) = (before, image);
        (_sceneLength, Tail) = (sceneLength, sceneLength + emotionLength);
        Positions = tensor(Enumerable.Range(0, Length).Select(i => (long)(i < Prefix + sceneLength ? i : i - sceneLength)).ToArray(), [1, Length], ScalarType.Int64).to(device);
        Visible = Sight().to(device);
    }

    private readonly int _sceneLength;

    /// <summary>Tokens before the picture.</summary>
    public IReadOnlyList<int> Before { get; }

    /// <summary>Vectors of the picture.</summary>
    public int Image { get; }

    /// <summary>Tokens behind the picture, padding included.</summary>
    public int Tail { get; }

    /// <summary>Positions that are common to both questions.</summary>
    public int Prefix => Before.Count + Image;

    /// <summary>All positions.</summary>
    public int Length => Prefix + Tail;

    /// <summary>Tokens behind the picture [B, tail].</summary>
    public Tensor Ids { get; private set; } = null!;

    /// <summary>Position of each token in its own text [1, L].</summary>
    public Tensor Positions { get; }

    /// <summary>Which key a query sees, boolean [1, 1, L, L].</summary>
    public Tensor Visible { get; }

    /// <summary>Where the tokens of the scenes' answers are predicted, over all rows, and what they are.</summary>
    public (Tensor Queries, Tensor Targets) Scenes { get; private set; }

    /// <summary>The same of the answers on emotions.</summary>
    public (Tensor Queries, Tensor Targets) Emotions { get; private set; }

    /// <summary>Where attention shall go from the tail's positions: [B, tail, grid²], rows that sum to 1 or are 0.</summary>
    public Tensor Looks { get; private set; } = null!;

    /// <summary>Number of rows of <see cref="Looks"/> that are not 0.</summary>
    public int LookCount { get; private set; }

    /// <summary>Packs samples.</summary>
    /// <param name="samples">At least one.</param>
    /// <param name="image">Vectors of each picture.</param>
    /// <param name="grid">Patches along a side of the whole picture.</param>
    /// <param name="device">Where its tensors are made for.</param>
    public static LanguageBatch Of(IReadOnlyList<LanguageSample> samples, int image, int grid, Device device)
    {
        int[] before = [.. samples[0].SceneTurn.Prompt.TakeWhile(id => id != LanguageTokenizer.ImageToken)];
        int Most(Func<LanguageSample, LanguageSample.Turn> turn) => samples.Max(s => turn(s).Prompt.Count - before.Length - 1 + turn(s).Answer.Count - 1);
        LanguageBatch batch = new(before, image, Most(s => s.SceneTurn), Most(s => s.EmotionTurn), device);
        long[] ids = [.. Enumerable.Repeat((long)LanguageTokenizer.PadToken, samples.Count * batch.Tail)];
        float[] looks = new float[samples.Count * batch.Tail * grid * grid];
        List<(long Query, long Target)> scenes = [], emotions = [];
        for (int row = 0; row < samples.Count; row++)
        {
            batch.Place(samples[row].SceneTurn, row, 0, ids, looks, grid, scenes);
            batch.Place(samples[row].EmotionTurn, row, batch._sceneLength, ids, looks, grid, emotions);
        }

        batch.Ids = tensor(ids, [samples.Count, batch.Tail], ScalarType.Int64).to(device);
        batch.Looks = tensor(looks, [samples.Count, batch.Tail, grid * grid]).to(device);
        batch.Scenes = Pairs(scenes, device);
        batch.Emotions = Pairs(emotions, device);
        return batch;
    }

    private static (Tensor Queries, Tensor Targets) Pairs(List<(long Query, long Target)> pairs, Device device) =>
        (tensor(pairs.Select(p => p.Query).ToArray(), ScalarType.Int64).to(device), tensor(pairs.Select(p => p.Target).ToArray(), ScalarType.Int64).to(device));

    private void Place(LanguageSample.Turn turn, int row, int offset, long[] ids, float[] looks, int grid, List<(long Query, long Target)> pairs)
    {
        int[] question = [.. turn.Prompt.Skip(Before.Count + 1)];
        int[] written = [.. question, .. turn.Answer.Take(turn.Answer.Count - 1)];
        for (int i = 0; i < written.Length; i++)
        {
            ids[(row * Tail) + offset + i] = written[i];
        }

        for (int i = 0; i < turn.Answer.Count; i++)
        {
            // A token is predicted by the position before it.
            int place = offset + question.Length - 1 + i;
            pairs.Add(((row * (long)Length) + Prefix + place, turn.Answer[i]));
            if (turn.Regions[i] is { } region && Pool(region, looks.AsSpan(((row * Tail) + place) * grid * grid, grid * grid), grid))
            {
                LookCount++;
            }
        }
    }

    /// <summary>Mean of a mask by patch, scaled to a sum of 1; false where it is empty.</summary>
    private static bool Pool(float[] mask, Span<float> cells, int grid)
    {
        float sum = 0;
        for (int i = 0; i < mask.Length; i++)
        {
            int cell = (i / Side * grid / Side * grid) + (i % Side * grid / Side);
            cells[cell] += mask[i];
            sum += mask[i];
        }

        if (sum < 1)
        {
            cells.Clear();
            return false;
        }

        for (int i = 0; i < cells.Length; i++)
        {
            cells[i] /= sum;
        }

        return true;
    }

    private Tensor Sight()
    {
        bool[] visible = new bool[Length * Length];
        for (int query = 0; query < Length; query++)
        {
            for (int key = 0; key <= query; key++)
            {
                visible[(query * Length) + key] = key < Prefix || (key < Prefix + _sceneLength) == (query < Prefix + _sceneLength);
            }
        }

        return tensor(visible, [1, 1, Length, Length]);
    }
}
