using Pipeline.Imaging.Tensors;
using static TorchSharp.torch;

namespace Pipeline.Training.World;

/// <summary>Scenes as tensors.</summary>
public static class WorldPictures
{
    /// <summary>The pictures of some scenes, float32 [B, 3, 64, 64] on the CPU; the caller's.</summary>
    public static Tensor Render(IEnumerable<ulong> seeds, PixelRange range) =>
        ImageTensors.ToTensor([.. seeds.Select(seed => SceneRenderer.Render(Scene.Sample(seed)).Image)], range);
}
