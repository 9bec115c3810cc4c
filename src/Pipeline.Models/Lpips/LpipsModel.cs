using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Lpips;

/// <summary>
/// LPIPS v0.1 (Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", arXiv 1801.03924, eq. 1): unit-normalised activations of a trunk, squared
/// differences weighted by channel, averaged over positions and added over taps. Trunks under torchvision's keys (<c>features.N.*</c>), weights under those of the authors' files
/// (<c>lin{k}.model.1.weight</c>).
/// </summary>
public sealed class LpipsModel : nn.Module
{
    /// <summary>Smallest side of a picture: below it AlexNet's last pooling has nothing to pool.</summary>
    public const int SmallestSide = 32;

    private const double Epsilon = 1e-10;
    private static readonly float[] s_shift = [-0.030f, -0.088f, -0.188f];
    private static readonly float[] s_scale = [0.458f, 0.448f, 0.450f];

    private readonly LpipsTrunk features;
    private readonly List<LpipsHead> _heads = [];

    /// <summary>Builds the network.</summary>
    public LpipsModel(WeightSource w, LpipsConfig config)
        : base(nameof(LpipsModel))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        features = new LpipsTrunk(w.Sub("features"), config);
        RegisterComponents();
        for (int tap = 0; tap < config.Channels.Count; tap++)
        {
            _heads.Add(new LpipsHead(w.Sub($"lin{tap}"), config.Channels[tap]));
            register_module($"lin{tap}", _heads[tap]);
        }
    }

    /// <summary>Trunk and widths.</summary>
    public LpipsConfig Config { get; }

    /// <summary>The channel weights [1, C_k, 1, 1] of every tap; they stay the network's.</summary>
    public IReadOnlyList<Parameter> ChannelWeights => [.. _heads.Select(h => h.Weight)];

    /// <summary>Pictures that went through the trunk so far.</summary>
    public long Forwards { get; private set; }

    /// <summary>Loads a directory with <c>config.json</c> and weights.</summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static LpipsModel Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        LpipsConfig config = LpipsConfig.From(ModelConfig.Read(Path.Combine(directory, "config.json")));
        using CheckpointWeights weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        LpipsModel model = new(weights, config);
        model.eval();
        return model;
    }

    /// <summary>Activations [B, C_k, H_k, W_k] of every tap, of unit length over the channels; the caller's. Differentiable except where all channels are 0.</summary>
    /// <param name="pixels">[B, 3, H, W] in −1..1, sides of at least <see cref="SmallestSide"/>.</param>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public IReadOnlyList<Tensor> Features(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        Forwards += pixels.shape[0];
        IReadOnlyList<Tensor> taps = Activations(pixels);
        List<Tensor> units = [];
        foreach (Tensor tap in taps)
        {
            using Tensor owned = tap;
            units.Add(Unit(owned));
        }

        return units;
    }

    /// <summary>Activations of every tap as the trunk gives them; the caller's. Differentiable.</summary>
    /// <param name="pixels">[B, 3, H, W] in −1..1, sides of at least <see cref="SmallestSide"/>.</param>
    /// <exception cref="ArgumentException">Another shape.</exception>
    public IReadOnlyList<Tensor> Activations(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.shape is not [_, 3, >= SmallestSide, >= SmallestSide])
        {
            throw new ArgumentException($"LPIPS takes pictures [batch, 3, ≥ {SmallestSide}, ≥ {SmallestSide}], got [{string.Join(", ", pixels.shape)}]", nameof(pixels));
        }

        using var scope = NewDisposeScope();
        Tensor shift = tensor(s_shift, [1, 3, 1, 1]).to(pixels.dtype, pixels.device), scale = tensor(s_scale, [1, 3, 1, 1]).to(pixels.dtype, pixels.device);
        return [.. features.Run((pixels - shift) / scale).Select(t => t.MoveToOuterDisposeScope())];
    }

    /// <summary>x / (‖x‖ + 10⁻¹⁰) over the channels of [B, C, H, W]; the caller's.</summary>
    public static Tensor Unit(Tensor activations)
    {
        ArgumentNullException.ThrowIfNull(activations);
        using var scope = NewDisposeScope();
        Tensor length = (activations * activations).sum(1, true).sqrt();                // [B, 1, H, W]
        return (activations / (length + Epsilon)).MoveToOuterDisposeScope();
    }

    /// <summary>Distance of pictures from their <see cref="Features"/>: [B]; the caller's. Zero for equal pictures, symmetric, at least 0. Differentiable.</summary>
    public Tensor Distance(IReadOnlyList<Tensor> first, IReadOnlyList<Tensor> second)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        for (int tap = 0; tap < _heads.Count; tap++)
        {
            Tensor mean = Weighted(first[tap], second[tap], tap).mean([1, 2, 3]);       // [B]
            sum = sum is null ? mean : sum + mean;
        }

        return sum!.MoveToOuterDisposeScope();
    }

    /// <summary>Distance of pictures [B, 3, H, W] in −1..1: [B]; the caller's.</summary>
    public Tensor Distance(Tensor first, Tensor second)
    {
        using var scope = NewDisposeScope();
        return Distance(Features(first), Features(second)).MoveToOuterDisposeScope();
    }

    /// <summary>Distance by position: the taps' maps stretched to the pictures' size and added, [B, 1, H, W]; the caller's. Its mean is near <see cref="Distance(Tensor, Tensor)"/>, not equal to it.</summary>
    public Tensor DistanceMap(Tensor first, Tensor second)
    {
        ArgumentNullException.ThrowIfNull(first);
        using var scope = NewDisposeScope();
        IReadOnlyList<Tensor> a = Features(first), b = Features(second);
        Tensor? sum = null;
        for (int tap = 0; tap < _heads.Count; tap++)
        {
            Tensor map = nn.functional.interpolate(Weighted(a[tap], b[tap], tap), [first.shape[2], first.shape[3]], null, InterpolationMode.Bilinear, false);
            sum = sum is null ? map : sum + map;
        }

        return sum!.MoveToOuterDisposeScope();
    }

    /// <summary>Σ_c w_c (â_c − b̂_c)²: [B, 1, H_k, W_k].</summary>
    private Tensor Weighted(Tensor first, Tensor second, int tap)
    {
        Tensor difference = first - second;
        return (difference * difference * _heads[tap].Weight).sum(1, true);
    }
}
