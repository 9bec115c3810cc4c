using Pipeline.Models.Attention;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>
/// The denoiser of Stable Diffusion: Rombach et al. 2021, arXiv 2112.10752 (version 1 and 2), Podell et al. 2023, arXiv 2307.01952 (XL). Keys, shapes and numbers are those of
/// diffusers' UNet2DConditionModel; what differs between versions comes from the configuration.
/// </summary>
/// <remarks>
/// Weights are frozen unless their source was opened for training; gradients flow to the inputs in either case. One instance serves any number of jobs: everything that belongs
/// to a job is an argument of <see cref="Forward"/>. Field names are checkpoint names, in the order in which adapter checkpoints number the parts (down, up, mid).
/// </remarks>
public sealed partial class UNet2DConditionModel : nn.Module
{
    private readonly Conv2d conv_in;
    private readonly TimestepEmbedding time_embedding;
    private readonly TimestepEmbedding? add_embedding;
    private readonly Modules.ModuleList<UNetDownBlock> down_blocks;
    private readonly Modules.ModuleList<UNetUpBlock> up_blocks;
    private readonly UNetMidBlock mid_block;
    private readonly GroupNorm conv_norm_out;
    private readonly Conv2d conv_out;
    private readonly UNetSegment[] _segments;
    private long _forwardCount;

    /// <summary>Builds the network over the weights of <paramref name="w"/>.</summary>
    /// <exception cref="ModelFormatException">The weights do not fit the configuration.</exception>
    public UNet2DConditionModel(WeightSource w, UNetConfig config)
        : base(nameof(UNet2DConditionModel))
    {
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(config);
        Config = config;
        int first = config.Levels[0].Channels;
        conv_in = new Conv2d(w.Sub("conv_in"), config.InChannels, first, config.ConvInKernel, 1, (config.ConvInKernel - 1) / 2);
        time_embedding = new TimestepEmbedding(w.Sub("time_embedding"), first, config.TimeEmbeddingSize, config.Activation, config.TimeConditionSize);
        add_embedding = config.AdditionInputSize > 0
            ? new TimestepEmbedding(w.Sub("add_embedding"), config.AdditionInputSize, config.TimeEmbeddingSize, config.Activation)
            : null;

        List<AttentionSite> sites = [];
        down_blocks = BuildDown(w, config, sites);
        mid_block = new UNetMidBlock(w.Sub("mid_block"), new(sites, "mid_block", AttentionPlace.Mid, config.Levels.Count - 1), config);
        up_blocks = BuildUp(w, config, sites);
        AttentionSites = new AttentionSites(sites);

        conv_norm_out = new GroupNorm(w.Sub("conv_norm_out"), config.NormGroups, first, config.NormEpsilon);
        conv_out = new Conv2d(w.Sub("conv_out"), first, config.OutChannels, config.ConvOutKernel, 1, (config.ConvOutKernel - 1) / 2);
        (Device, Dtype) = (w.Device, w.Dtype);
        RegisterComponents();
        _segments = Segments();
    }

    /// <summary>The configuration.</summary>
    public UNetConfig Config { get; }

    /// <summary>All attention sites, in call order and in adapter order.</summary>
    public AttentionSites AttentionSites { get; }

    /// <summary>Where the weights live, and where inputs must.</summary>
    public Device Device { get; }

    /// <summary>Type of the weights, and of samples and text states.</summary>
    public ScalarType Dtype { get; }

    /// <summary>Sample-forwards so far (the cost unit UF): a call with batch B counts B.</summary>
    public long ForwardCount => Interlocked.Read(ref _forwardCount);

    /// <summary>Loads a folder with <c>config.json</c> and weights.</summary>
    /// <exception cref="ModelFormatException">The folder holds something else.</exception>
    public static UNet2DConditionModel Load(string directory, WeightOptions? options = null)
    {
        UNetConfig config = UNetConfig.Read(ModelConfig.Read(Path.Combine(directory, "config.json")));
        using CheckpointWeights weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Diffusers, options);
        UNet2DConditionModel model = new(weights, config);
        model.eval();
        return model;
    }

    /// <summary>Predicts the noise (or what the model was trained for).</summary>
    /// <param name="sample">Noisy latents [B, C, H, W], any H and W.</param>
    /// <param name="timestep">A scalar or [B], of any number type; fractions are allowed.</param>
    /// <param name="context">Text states [B, L, X].</param>
    /// <param name="control">What listens at the attention sites; null costs nothing.</param>
    /// <param name="step">Index of the denoising step, handed to the control.</param>
    /// <param name="added">Further conditions; required by SDXL-type models.</param>
    /// <returns>The prediction [B, out, H, W], the caller's.</returns>
    public Tensor Forward(Tensor sample, Tensor timestep, Tensor context, IAttentionControl? control = null, int step = 0, AddedConditions? added = null)
    {
        Require(sample, context);
        Interlocked.Add(ref _forwardCount, sample.shape[0]);
        using var scope = NewDisposeScope();
        UNetCall call = Begin(sample, timestep, context, control, step, added);
        Stack<Tensor> skips = new();
        Tensor hidden = sample;
        foreach (UNetSegment segment in _segments)
        {
            hidden = segment.Run(hidden, call, skips);
        }

        return hidden.MoveToOuterDisposeScope();
    }

    /// <summary>The sinusoids of timesteps, [n] to [n, C0], single precision; the caller's.</summary>
    public Tensor TimeProjection(Tensor timesteps) =>
        TimestepEmbedding.Sinusoid(timesteps, Config.Levels[0].Channels, Config.FlipSinToCos, Config.FreqShift);

    /// <summary>The embedding of timesteps, [n] to [n, temb], before the activation and without added conditions; the caller's.</summary>
    public Tensor TimeEmbedding(Tensor timesteps, Tensor? guidanceEmbedding = null)
    {
        using var scope = NewDisposeScope();
        return time_embedding.Forward(TimeProjection(timesteps).to(Dtype), guidanceEmbedding).MoveToOuterDisposeScope();
    }

    private static Modules.ModuleList<UNetDownBlock> BuildDown(WeightSource w, UNetConfig config, List<AttentionSite> sites)
    {
        int count = config.Levels.Count;
        return new Modules.ModuleList<UNetDownBlock>(config.Levels.Select((level, i) => new UNetDownBlock(
            w.Sub($"down_blocks.{i}"), new(sites, $"down_blocks.{i}", AttentionPlace.Down, i), config.Levels[Math.Max(i - 1, 0)].Channels, level, i == count - 1, config)).ToArray());
    }

    private static Modules.ModuleList<UNetUpBlock> BuildUp(WeightSource w, UNetConfig config, List<AttentionSite> sites)
    {
        int lowest = config.Levels.Count - 1;
        return new Modules.ModuleList<UNetUpBlock>(config.Levels.Select((_, i) => new UNetUpBlock(
            w.Sub($"up_blocks.{i}"), new(sites, $"up_blocks.{i}", AttentionPlace.Up, lowest - i), i, config)).ToArray());
    }

    // timestep, guidance and added conditions, [B, temb]
    private Tensor Embed(Tensor timestep, long batch, AddedConditions? added)
    {
        ArgumentNullException.ThrowIfNull(timestep);
        if (timestep.numel() != 1 && timestep.numel() != batch)
        {
            throw new ArgumentException($"{timestep.numel()} timesteps for a batch of {batch}: give one, or one a sample", nameof(timestep));
        }

        using var scope = NewDisposeScope();
        Tensor each = timestep.to(Device).reshape(-1).expand(batch);
        Tensor embedded = TimeEmbedding(each, added?.GuidanceEmbedding);
        return add_embedding is null
            ? embedded.MoveToOuterDisposeScope()
            : embedded.add_(AddedEmbedding(add_embedding, added)).MoveToOuterDisposeScope();
    }

    // SDXL: pooled text and the sinusoids of six sizes, [B, P + 6·dim] -> [B, temb]
    private Tensor AddedEmbedding(TimestepEmbedding embedding, AddedConditions? added)
    {
        if (added is not { TextEmbeds: { } text, TimeIds: { } ids })
        {
            throw new ArgumentException("this model was trained with a pooled text embedding and image sizes: give AddedConditions with TextEmbeds and TimeIds", nameof(added));
        }

        using var scope = NewDisposeScope();
        Tensor times = TimestepEmbedding.Sinusoid(ids.reshape(-1), Config.AdditionTimeEmbedSize, Config.FlipSinToCos, Config.FreqShift);
        Tensor joined = cat([text, times.reshape(ids.shape[0], -1).to(text.dtype)], -1);
        return embedding.Forward(joined).MoveToOuterDisposeScope();
    }

    private Tensor Finish(Tensor hidden, UNetCall call)
    {
        using var scope = NewDisposeScope();
        Tensor normed = call.Tap("conv_norm_out", conv_norm_out.call(hidden));
        hidden.Dispose();
        Tensor active = Activations.Apply(Config.Activation, normed);
        return call.Tap("conv_out", conv_out.call(active)).MoveToOuterDisposeScope();
    }

    private void Require(Tensor sample, Tensor context)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(context);
        if (sample.ndim != 4 || sample.shape[1] != Config.InChannels || sample.shape[2] < 1 || sample.shape[3] < 1)
        {
            throw new ArgumentException($"sample is [{string.Join(", ", sample.shape)}], not [B, {Config.InChannels}, H, W]", nameof(sample));
        }

        if (context.ndim != 3 || context.shape[0] != sample.shape[0])
        {
            throw new ArgumentException($"text states are [{string.Join(", ", context.shape)}], not [{sample.shape[0]}, L, X]", nameof(context));
        }
    }
}
