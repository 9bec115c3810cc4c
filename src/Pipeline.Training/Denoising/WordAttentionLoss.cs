using Pipeline.Models.Attention;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>
/// Draws the cross-attention of words to where the things they name are: at every site, KL(mask ‖ attention of the word's token), both as distributions over the picture, mean over heads. The idea is
/// TokenCompose's (Wang et al. 2023, arXiv 2312.03626), which grounds tokens in segmentation masks while a denoiser is trained; its loss asks for all attention inside the mask and is content with one point of
/// it, this one asks for the whole mask. A sample counts by ᾱ_t: in noise there is nothing to be seen yet.
/// </summary>
/// <remarks>One object serves one forward pass. Owns what it makes until <see cref="Dispose"/>.</remarks>
public sealed class WordAttentionLoss : IAttentionControl, IDisposable
{
    private const double Smallest = 1e-6;

    private readonly IReadOnlyList<IReadOnlyList<SceneWord>> _words;
    private readonly Tensor _positions;                             // [B, 1, W]
    private readonly Tensor _weights;                               // [B, W], sum 1 at ᾱ = 1
    private readonly Dictionary<int, Tensor> _targets = [];         // by side of the grid, [B, T, W]
    private readonly List<Tensor> _losses = [];
    private readonly int _most;
    private readonly Device _device;

    /// <summary>Takes the words of a batch.</summary>
    /// <param name="words">Of every sample; some may have none.</param>
    /// <param name="alphaBar">ᾱ of every sample's timestep.</param>
    /// <param name="device">Where the maps will be; the CPU when null.</param>
    public WordAttentionLoss(IReadOnlyList<IReadOnlyList<SceneWord>> words, IReadOnlyList<double> alphaBar, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(alphaBar);
        (_words, _device) = (words, device ?? CPU);
        _most = Math.Max(1, words.Max(w => w.Count));
        long[] positions = new long[words.Count * _most];
        float[] weights = new float[positions.Length];
        int all = Math.Max(1, words.Sum(w => w.Count));
        for (int b = 0; b < words.Count; b++)
        {
            for (int i = 0; i < words[b].Count; i++)
            {
                positions[(b * _most) + i] = words[b][i].Position;
                weights[(b * _most) + i] = (float)(alphaBar[b] / all);
            }
        }

        using DisposeScope scope = NewDisposeScope();
        _positions = tensor(positions, [words.Count, 1, _most]).to(_device).DetachFromDisposeScope();
        _weights = tensor(weights, [words.Count, _most]).to(_device).DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public bool WantsCrossMap(in AttentionCall call) => call.Height == call.Width;

    /// <inheritdoc />
    public Tensor OnCrossMap(in AttentionCall call, Tensor map)     // [B, heads, T, L]
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor target = TargetOf(call.Height);
        Tensor attention = map.mean([1]).gather(2, _positions.expand(map.shape[0], call.Tokens, _most));    // [B, T, W]
        Tensor place = attention / (attention.sum(1, true) + Smallest);
        Tensor divergence = (target * ((target + Smallest).log() - (place + Smallest).log())).sum(1);       // [B, W]
        _losses.Add((divergence * _weights).sum().DetachFromDisposeScope());
        return map;
    }

    /// <summary>Mean over the sites of the pass, one element with its graph; the caller's.</summary>
    public Tensor Mean()
    {
        using DisposeScope scope = NewDisposeScope();
        return stack(_losses, 0).mean().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Tensor own in (IEnumerable<Tensor>)[_positions, _weights, .. _targets.Values, .. _losses])
        {
            own.Dispose();
        }
    }

    /// <summary>Masks on a grid, every one with sum 1; 0 where a sample has fewer words.</summary>
    private Tensor TargetOf(int side)
    {
        if (_targets.TryGetValue(side, out Tensor? known))
        {
            return known;
        }

        int cells = side * side;
        float[] values = new float[_words.Count * cells * _most];
        for (int b = 0; b < _words.Count; b++)
        {
            for (int i = 0; i < _words[b].Count; i++)
            {
                float[] mask = _words[b][i].Pooled(side);
                float area = mask.Sum();
                for (int c = 0; c < cells; c++)
                {
                    values[(((b * cells) + c) * _most) + i] = mask[c] / area;
                }
            }
        }

        return _targets[side] = tensor(values, [_words.Count, cells, _most]).to(_device).DetachFromDisposeScope();
    }
}
