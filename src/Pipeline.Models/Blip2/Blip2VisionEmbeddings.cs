using Pipeline.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Conv2d = Pipeline.Models.Layers.Conv2d;

namespace Pipeline.Models.Blip2;

/// <summary>Patches by a biased convolution, the class embedding in front, learned positions on all.</summary>
internal sealed class Blip2VisionEmbeddings : nn.Module
{
    private readonly int _imageSize;
    private readonly Parameter class_embedding;
    private readonly Parameter position_embedding;
    private readonly Conv2d patch_embedding;

    public Blip2VisionEmbeddings(WeightSource w, Blip2VisionConfig config)
        : base(nameof(Blip2VisionEmbeddings))
    {
        _imageSize = config.ImageSize;
        long hidden = config.Tower.Hidden;
        class_embedding = w.Parameter("class_embedding", [1, 1, hidden], Init.Normal(0.02));
        position_embedding = w.Parameter("position_embedding", [1, 1 + ((long)config.Grid * config.Grid), hidden], Init.Normal(0.02));
        patch_embedding = new Conv2d(w.Sub("patch_embedding"), 3, hidden, config.PatchSize, config.PatchSize, 0);
        RegisterComponents();
    }

    /// <summary>Pixels [B, 3, S, S] → [B, 1+N, hidden].</summary>
    /// <exception cref="ArgumentException">The pictures have another size than the tower's.</exception>
    public Tensor Forward(Tensor pixels)
    {
        if (pixels.Dimensions != 4 || pixels.shape[1] != 3 || pixels.shape[2] != _imageSize || pixels.shape[3] != _imageSize)
        {
            throw new ArgumentException($"Pixel values must be [batch, 3, {_imageSize}, {_imageSize}], got [{string.Join(", ", pixels.shape)}].", nameof(pixels));
        }

        using var scope = NewDisposeScope();
        var patches = patch_embedding.forward(pixels).flatten(2).transpose(1, 2);                   // [B, N, hidden]
        var x = cat([class_embedding.expand(patches.shape[0], -1, -1), patches], 1);                // [B, 1+N, hidden]
        return (x + position_embedding).MoveToOuterDisposeScope();
    }
}
