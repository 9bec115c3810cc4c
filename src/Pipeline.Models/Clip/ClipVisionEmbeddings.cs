using Pipeline.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Conv2d = Pipeline.Models.Layers.Conv2d;
using Embedding = Pipeline.Models.Layers.Embedding;

namespace Pipeline.Models.Clip;

/// <summary>Patches by an unbiased convolution, the class embedding in front, learned positions on all.</summary>
internal sealed class ClipVisionEmbeddings : nn.Module
{
    private readonly ClipVisionConfig _config;
    private readonly Parameter class_embedding;
    private readonly Conv2d patch_embedding;
    private readonly Embedding position_embedding;

    public ClipVisionEmbeddings(WeightSource w, ClipVisionConfig config)
        : base(nameof(ClipVisionEmbeddings))
    {
        _config = config;
        long hidden = config.Tower.Hidden;
        class_embedding = w.Parameter("class_embedding", [hidden], new Init(InitKind.Normal, 1.0 / Math.Sqrt(hidden)));
        patch_embedding = new Conv2d(w.Sub("patch_embedding"), config.Channels, hidden, config.PatchSize, config.PatchSize, 0, bias: false);
        position_embedding = new Embedding(w.Sub("position_embedding"), 1 + (long)config.Grid * config.Grid, hidden);
        RegisterComponents();
    }

    /// <summary>Pixels [B, C, S, S] → [B, 1+N, hidden].</summary>
    /// <exception cref="ArgumentException">The pictures have another size than the tower's.</exception>
    public Tensor Forward(Tensor pixels)
    {
        var size = _config.ImageSize;
        if (pixels.Dimensions != 4 || pixels.shape[1] != _config.Channels || pixels.shape[2] != size || pixels.shape[3] != size)
        {
            throw new ArgumentException(
                $"Pixel values must be [batch, {_config.Channels}, {size}, {size}], got [{string.Join(", ", pixels.shape)}].", nameof(pixels));
        }

        using var scope = NewDisposeScope();
        var patches = patch_embedding.forward(pixels).flatten(2).transpose(1, 2);                   // [B, N, hidden]
        var cls = class_embedding.reshape(1, 1, -1).expand(patches.shape[0], 1, -1);                // [B, 1, hidden]
        return (cat([cls, patches], 1) + position_embedding.weight).MoveToOuterDisposeScope();      // [B, 1+N, hidden]
    }
}
