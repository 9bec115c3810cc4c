using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Dino;

/// <summary>Holder of the patch convolution, so that its name is <c>patch_embeddings.projection</c> as in checkpoints.</summary>
internal sealed class VitPatchEmbeddings : nn.Module
{
    public readonly Conv2d projection;

    public VitPatchEmbeddings(WeightSource w, VitConfig config)
        : base(nameof(VitPatchEmbeddings))
    {
        projection = new Conv2d(w.Sub("projection"), config.Channels, config.Hidden, config.PatchSize, config.PatchSize, 0);
        RegisterComponents();
    }
}
