using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Lpips;

/// <summary>
/// The feature layers of a torchvision network up to the last tap, under torchvision's numbers: <c>features.0.weight</c>. Numbers count ReLU and pooling layers too, which have no weights.
/// </summary>
internal sealed class LpipsTrunk : nn.Module
{
    private readonly List<Func<Tensor, Tensor>> _layers = [];
    private readonly HashSet<int> _taps = [];

    public LpipsTrunk(WeightSource w, LpipsConfig config)
        : base(nameof(LpipsTrunk))
    {
        int[] c = [.. config.Channels];
        switch (config.Backbone)
        {
            case LpipsBackbone.Alex:
                Convolution(w, 3, c[0], 11, 4, 2, tap: true);
                Pool(ceil: false, 3);
                Convolution(w, c[0], c[1], 5, 1, 2, tap: true);
                Pool(ceil: false, 3);
                Convolution(w, c[1], c[2], 3, 1, 1, tap: true);
                Convolution(w, c[2], c[3], 3, 1, 1, tap: true);
                Convolution(w, c[3], c[4], 3, 1, 1, tap: true);
                break;
            case LpipsBackbone.Vgg16:
                Vgg(w, c);
                break;
            default:
                Squeeze(w, c);
                break;
        }
    }

    /// <summary>Pixels [B, 3, H, W] → activations [B, C_k, H_k, W_k] of every tap; the caller's.</summary>
    public IReadOnlyList<Tensor> Run(Tensor pixels)
    {
        List<Tensor> taps = [];
        using var scope = NewDisposeScope();
        Tensor x = pixels;
        for (int i = 0; i < _layers.Count; i++)
        {
            x = _layers[i](x);
            if (_taps.Contains(i))
            {
                taps.Add(x);
            }
        }

        return [.. taps.Select(t => t.MoveToOuterDisposeScope())];
    }

    private void Vgg(WeightSource w, int[] c)
    {
        for (int level = 0, from = 3; level < c.Length; from = c[level++])
        {
            int count = level < 2 ? 2 : 3;
            for (int i = 0; i < count; i++)
            {
                Convolution(w, i == 0 ? from : c[level], c[level], 3, 1, 1, tap: i == count - 1);
            }

            if (level < c.Length - 1)
            {
                Pool(ceil: false, 2);
            }
        }
    }

    private void Squeeze(WeightSource w, int[] c)
    {
        Convolution(w, 3, c[0], 3, 2, 0, tap: true);
        Pool(ceil: true, 3);
        Fire(w, c[0], c[1], tap: false);
        Fire(w, c[1], c[1], tap: true);
        Pool(ceil: true, 3);
        Fire(w, c[1], c[2], tap: false);
        Fire(w, c[2], c[2], tap: true);
        Pool(ceil: true, 3);
        Fire(w, c[2], c[3], tap: true);
        Fire(w, c[3], c[4], tap: true);
        Fire(w, c[4], c[5], tap: true);
        Fire(w, c[5], c[6], tap: true);
    }

    private void Convolution(WeightSource w, int from, int to, int kernel, int stride, int padding, bool tap)
    {
        Conv2d layer = new(w.Sub($"{_layers.Count}"), from, to, kernel, stride, padding);
        Add(layer, layer.forward);
        _layers.Add(x => x.relu());
        Tap(tap);
    }

    private void Fire(WeightSource w, int from, int to, bool tap)
    {
        FireModule layer = new(w.Sub($"{_layers.Count}"), from, to);
        Add(layer, layer.forward);
        Tap(tap);
    }

    private void Pool(bool ceil, long kernel) => _layers.Add(x => nn.functional.max_pool2d(x, kernel, 2, 0, 1, ceil));

    private void Add(nn.Module layer, Func<Tensor, Tensor> forward)
    {
        register_module($"{_layers.Count}", layer);
        _layers.Add(forward);
    }

    private void Tap(bool tap)
    {
        if (tap)
        {
            _ = _taps.Add(_layers.Count - 1);
        }
    }
}
