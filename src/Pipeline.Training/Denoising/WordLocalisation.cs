using Pipeline.Models.Attention;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>
/// How well the cross-attention of words finds the things they name. The maps of one grid are averaged over heads and sites and enlarged to 16x16; the thing's cells are those it covers by a quarter or more (the
/// most covered cell where there is none), and as many cells of highest attention are held against them: intersection over union, and how often the highest cell of all is one of the thing's.
/// </summary>
internal sealed class WordLocalisation : IAttentionControl, IDisposable
{
    private const int Side = 16;
    private const float Covered = 0.25f;

    private readonly Dictionary<int, List<Tensor>> _maps = [];      // by side of the grid, [B, T, L]
    private readonly Dictionary<(SceneWordKind Kind, int Grid), (double Iou, int Pointed, int Count)> _sums = [];

    /// <inheritdoc />
    public bool WantsCrossMap(in AttentionCall call) => call.Height == call.Width;

    /// <inheritdoc />
    public Tensor OnCrossMap(in AttentionCall call, Tensor map)     // [B, heads, T, L]
    {
        if (!_maps.TryGetValue(call.Height, out List<Tensor>? maps))
        {
            maps = _maps[call.Height] = [];
        }

        maps.Add(map.mean([1]).DetachFromDisposeScope());
        return map;
    }

    /// <summary>Judges the maps of the pass just made, and forgets them.</summary>
    /// <param name="words">Of every sample of the pass.</param>
    public void Judge(IReadOnlyList<IReadOnlyList<SceneWord>> words)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach ((int grid, List<Tensor> maps) in _maps)
        {
            Tensor mean = stack(maps, 0).mean([0]).transpose(1, 2);                                                         // [B, L, T]
            Tensor large = nn.functional.interpolate(mean.view(mean.shape[0], mean.shape[1], grid, grid), [Side, Side], mode: InterpolationMode.Bilinear, align_corners: false);
            long length = large.shape[1];
            float[] values = large.cpu().contiguous().data<float>().ToArray();                                                    // [B, L, 16, 16]
            for (int b = 0; b < words.Count; b++)
            {
                foreach (SceneWord word in words[b])
                {
                    Add(word, grid, values.AsSpan((int)((b * length) + word.Position) * Side * Side, Side * Side));
                }
            }
        }

        Forget();
    }

    /// <summary>Means by kind of word and grid, for kinds that were seen.</summary>
    public IEnumerable<(string Name, double Value)> Means(string suffix) => _sums.OrderBy(s => s.Key.Grid).ThenBy(s => s.Key.Kind).SelectMany(s => new (string, double)[]
    {
        (FormattableString.Invariant($"{s.Key.Kind.ToString().ToLowerInvariant()} word IoU, {s.Key.Grid}x{s.Key.Grid}{suffix}"), s.Value.Iou / s.Value.Count),
        (FormattableString.Invariant($"{s.Key.Kind.ToString().ToLowerInvariant()} word pointing, {s.Key.Grid}x{s.Key.Grid}{suffix}"), (double)s.Value.Pointed / s.Value.Count),
    });

    /// <inheritdoc />
    public void Dispose() => Forget();

    /// <summary>IoU of the highest cells with a thing's, and whether the highest is one of them.</summary>
    internal static (double Iou, bool Points) Compare(ReadOnlySpan<float> attention, float[] coverage)
    {
        HashSet<int> thing = [.. Enumerable.Range(0, coverage.Length).Where(i => coverage[i] >= Covered)];
        if (thing.Count == 0)
        {
            thing.Add(Array.IndexOf(coverage, coverage.Max()));
        }

        float[] values = attention.ToArray();
        int[] highest = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).ThenBy(i => i).Take(thing.Count)];
        int common = highest.Count(thing.Contains);
        return ((double)common / ((2 * thing.Count) - common), thing.Contains(highest[0]));
    }

    private void Add(SceneWord word, int grid, ReadOnlySpan<float> attention)
    {
        (double iou, bool points) = Compare(attention, word.Pooled(Side));
        (double Iou, int Pointed, int Count) sum = _sums.GetValueOrDefault((word.Kind, grid));
        _sums[(word.Kind, grid)] = (sum.Iou + iou, sum.Pointed + (points ? 1 : 0), sum.Count + 1);
    }

    private void Forget()
    {
        foreach (Tensor map in _maps.Values.SelectMany(m => m))
        {
            map.Dispose();
        }

        _maps.Clear();
    }
}
