using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Models.Dino;
using Pipeline.Models.Preprocessing;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Stages.Scoring;

/// <summary>A DINO with its image processor: compares the structure of two pictures.</summary>
public sealed class StructureModel(ViTModel model, IImageProcessor processor, Device device) : IDisposable
{
    /// <summary>Loads a directory in the Hugging Face layout.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">A part is missing or belongs to another model.</exception>
    public static StructureModel Load(string directory, Device device) =>
        new(ViTModel.Load(directory, device), ImageProcessorLoader.Load(directory), device);

    /// <summary>Structure distance of two pictures, by the keys of the last layer.</summary>
    public double Distance(RgbImage a, RgbImage b)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        return StructureDistance.Compute(Keys(a), Keys(b));
    }

    /// <inheritdoc />
    public void Dispose() => model.Dispose();

    private Tensor Keys(RgbImage picture) => model.Keys(processor.Process(picture, device)).squeeze(0); // [1 + N, hidden]
}
