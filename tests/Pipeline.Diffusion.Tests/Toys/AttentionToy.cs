using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests.Toys;

/// <summary>
/// A denoiser of self- and cross-attention blocks with fixed random weights that calls a control exactly as the UNet does: one block at the latent's resolution, and one each on the
/// down, middle and up path at a quarter of it. Any float type; in float64 the invariants of the editing mechanisms show without rounding.
/// </summary>
public sealed class AttentionToy : INoisePredictor, IDisposable
{
    private const int Heads = 2;
    private const int Width = 8;
    private static readonly AttentionSite[] Sites =
    [
        new(0, "down.0", AttentionPlace.Down, 0, Heads), new(1, "down.1", AttentionPlace.Down, 2, Heads),
        new(2, "mid", AttentionPlace.Mid, 2, Heads), new(3, "up.0", AttentionPlace.Up, 2, Heads),
    ];

    private readonly Dictionary<string, Tensor> weights = [];
    private readonly ScalarType dtype;

    public AttentionToy(int channels, int textWidth, ScalarType dtype)
    {
        this.dtype = dtype;
        Add("in", channels, Width);
        Add("out", Width, channels);
        foreach (AttentionSite site in Sites)
        {
            foreach (string name in new[] { "self.q", "self.k", "self.v", "self.o", "cross.q", "cross.o" })
            {
                Add($"{site.Name}.{name}", Width, Width);
            }

            Add($"{site.Name}.cross.k", textWidth, Width);
            Add($"{site.Name}.cross.v", textWidth, Width);
        }
    }

    public IReadOnlyList<AttentionSite> AttentionSites => Sites;

    public long Forwards { get; private set; }

    public List<string> Materialised { get; } = [];

    public Tensor Predict(Tensor latents, int timestep, Tensor context, IAttentionControl? control, int step)
    {
        using var scope = NewDisposeScope();
        Forwards += latents.shape[0];
        Tensor hidden = latents.permute(0, 2, 3, 1).matmul(weights["in"]) * (0.5 + timestep / 1000.0); // [R, h, w, D]
        foreach (AttentionSite site in Sites)
        {
            hidden = hidden + Block(site, hidden, context, control, step);
        }

        return hidden.tanh().matmul(weights["out"]).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (Tensor weight in weights.Values)
        {
            weight.Dispose();
        }
    }

    // A small gain at the end keeps the chain of steps from amplifying rounding beyond what a tolerance can judge.
    private void Add(string name, int rows, int columns)
    {
        using var scope = NewDisposeScope();
        double gain = name == "out" ? 0.2 : 1.2;
        weights[name] = (new NoiseSource(11, "attention toy").NormalTensor(name, [rows, columns]).to(dtype) * (gain / Math.Sqrt(rows))).DetachFromDisposeScope();
    }


    private Tensor Block(AttentionSite site, Tensor hidden, Tensor context, IAttentionControl? control, int step)
    {
        int factor = 1 << site.Level;
        (long rows, long height, long width) = (hidden.shape[0], hidden.shape[1] / factor, hidden.shape[2] / factor);
        Tensor x = factor == 1 ? hidden : hidden.reshape(rows, height, factor, width, factor, Width).mean([2L, 4L]);
        x = x.reshape(rows, height * width, Width); // [R, T, D]
        var call = new AttentionCall(site, step, (int)height, (int)width);
        x = Self(call, x, control) + Cross(call, x, context, control);
        Tensor grid = x.reshape(rows, height, 1, width, 1, Width).expand(rows, height, factor, width, factor, Width);
        return grid.reshape(rows, height * factor, width * factor, Width);
    }

    private Tensor Self(in AttentionCall call, Tensor x, IAttentionControl? control)
    {
        string name = call.Site.Name;
        (Tensor q, Tensor k, Tensor v) = (Split(x, $"{name}.self.q"), Split(x, $"{name}.self.k"), Split(x, $"{name}.self.v"));
        if (control?.WantsSelfQkv(call) == true)
        {
            (q, k, v) = control.OnSelfQkv(call, q, k, v);
        }

        Tensor map = Probabilities(q, k);
        if (control?.WantsSelfMap(call) == true)
        {
            map = control.OnSelfMap(call, map);
        }

        return Merge(map.matmul(v)).matmul(weights[$"{name}.self.o"]);
    }

    private Tensor Cross(in AttentionCall call, Tensor x, Tensor context, IAttentionControl? control)
    {
        string name = call.Site.Name;
        Tensor values = control?.WantsValueContext(call) == true ? control.OnValueContext(call, context) : context;
        Tensor map = Probabilities(Split(x, $"{name}.cross.q"), Split(context, $"{name}.cross.k")); // [R, heads, T, L]
        if (control?.WantsCrossMap(call) == true)
        {
            Materialised.Add($"{call.Step}/{name}");
            map = control.OnCrossMap(call, map);
        }

        return Merge(map.matmul(Split(values, $"{name}.cross.v"))).matmul(weights[$"{name}.cross.o"]);
    }

    private static Tensor Probabilities(Tensor q, Tensor k) => (q.matmul(k.transpose(2, 3)) * (2.0 / Math.Sqrt(Width / Heads))).softmax(-1);

    private Tensor Split(Tensor x, string weight) => x.matmul(weights[weight]).reshape(x.shape[0], x.shape[1], Heads, Width / Heads).transpose(1, 2);

    private static Tensor Merge(Tensor x) => x.transpose(1, 2).reshape(x.shape[0], x.shape[2], Width);
}
