using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Dino;

/// <summary>
/// Vision transformer (Dosovitskiy et al. 2020, arXiv 2010.11929) without pooler, as trained by DINO (Caron et al. 2021, arXiv 2104.14294). Its keys
/// carry the structure that Splice compares (Tumanyan et al. 2022, arXiv 2201.00424): see <see cref="Keys"/> and <see cref="KeySelfSimilarity"/>.
/// Any input of at least one patch is accepted; sizes are floored to whole patches.
/// </summary>
public sealed class ViTModel : nn.Module
{
    private readonly VitEmbeddings embeddings;
    private readonly VitEncoder encoder;
    private readonly LayerNorm layernorm;

    /// <summary>Builds the network from weights in the library's layout.</summary>
    public ViTModel(WeightSource w, VitConfig config)
        : base(nameof(ViTModel))
    {
        Config = config;
        embeddings = new VitEmbeddings(w.Sub("embeddings"), config);
        encoder = new VitEncoder(w.Sub("encoder"), config);
        layernorm = new LayerNorm(w.Sub("layernorm"), config.Hidden, config.Epsilon);
        RegisterComponents();
    }

    /// <summary>Sizes of this network.</summary>
    public VitConfig Config { get; }

    /// <summary>
    /// Loads a directory with <c>config.json</c> and weights in one of three layouts: the library's, the same under <c>vit.</c> (classifiers), or the
    /// original DINO release's with fused projections.
    /// </summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static ViTModel Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = VitConfig.From(ModelConfig.Read(Path.Combine(directory, "config.json")));
        using var weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        var model = new ViTModel(InLibraryLayout(weights, config), config);
        model.eval();
        return model;
    }

    /// <summary>Pixels [B, 3, H, W] → last hidden state [B, 1+N, hidden], normalised, class token first; the caller's. Records
    /// <c>embeddings</c>, <c>hidden.i</c>, <c>keys.i</c>, <c>attention.i</c>.</summary>
    public Tensor Forward(Tensor pixels, PositionInterpolation rule = PositionInterpolation.Offset01, ActivationProbe? probe = null)
    {
        using var scope = NewDisposeScope();
        ProbeScope taps = probe;
        var x = embeddings.Forward(pixels, rule);
        taps.Record("embeddings", x);
        return layernorm.forward(encoder.Run(x, Config.Layers, taps)).MoveToOuterDisposeScope();
    }

    /// <summary>Class tokens [B, hidden] of the last hidden state; the caller's.</summary>
    public Tensor ClassToken(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return Forward(pixels).narrow(1, 0, 1).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Keys of one layer with their bias, class token kept, heads side by side: [B, 1+N, hidden]; the caller's. Layers from there on are not computed.
    /// </summary>
    /// <param name="pixels">[B, 3, H, W].</param>
    /// <param name="layer">0 … layers − 1, or negative from the end; −1 is Splice's.</param>
    /// <param name="rule">Stretching of positions for inputs of another size.</param>
    public Tensor Keys(Tensor pixels, int layer = -1, PositionInterpolation rule = PositionInterpolation.Offset01)
    {
        var index = layer < 0 ? Config.Layers + layer : layer;
        ArgumentOutOfRangeException.ThrowIfNegative(index, nameof(layer));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Config.Layers, nameof(layer));
        using var scope = NewDisposeScope();
        var stream = encoder.Run(embeddings.Forward(pixels, rule), index, default);
        return encoder.layer[index].Keys(stream).MoveToOuterDisposeScope();
    }

    /// <summary>Keys of the last layer as <see cref="Keys"/> gives them, and class tokens as <see cref="ClassToken"/> does, of one pass: [B, 1+N, hidden] and [B, hidden]; the caller's.</summary>
    public (Tensor Keys, Tensor ClassToken) KeysAndClassToken(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var last = Config.Layers - 1;
        var stream = encoder.Run(embeddings.Forward(pixels, PositionInterpolation.Offset01), last, default);
        var keys = encoder.layer[last].Keys(stream);
        var token = layernorm.forward(encoder.layer[last].Forward(stream, default, last)).narrow(1, 0, 1).squeeze(1);
        return (keys.MoveToOuterDisposeScope(), token.MoveToOuterDisposeScope());
    }

    private static WeightSource InLibraryLayout(WeightSource weights, VitConfig config)
    {
        if (weights.Has("blocks.0.attn.qkv.weight"))
        {
            return new DinoReleaseWeights(weights, config);
        }

        return weights.Has("vit.embeddings.cls_token") ? weights.Sub("vit") : weights;
    }
}
