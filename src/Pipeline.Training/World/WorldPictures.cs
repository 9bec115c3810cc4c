using Pipeline.Imaging.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.World;

/// <summary>Scenes as tensors.</summary>
public static class WorldPictures
{
    /// <summary>The pictures of some scenes, float32 [B, 3, 64, 64] on a device, the CPU when null; the caller's.</summary>
    public static Tensor Render(IEnumerable<ulong> seeds, PixelRange range, Device? device = null) => Render(seeds.Select(Scene.Sample), range, device);

    /// <inheritdoc cref="Render(IEnumerable{ulong}, PixelRange, Device)"/>
    public static Tensor Render(IEnumerable<Scene> scenes, PixelRange range, Device? device = null) => Stack(scenes.Select(SceneRenderer.Render), range, device);

    /// <summary>Rendered pictures as one batch, as <see cref="Render(IEnumerable{ulong}, PixelRange, Device)"/> gives them.</summary>
    public static Tensor Stack(IEnumerable<RenderedScene> pictures, PixelRange range, Device? device = null)
    {
        using DisposeScope scope = NewDisposeScope();
        return ImageTensors.ToTensor([.. pictures.Select(p => p.Image)], range).to(device ?? CPU).MoveToOuterDisposeScope();
    }
}
