using Pipeline.Imaging;
using Pipeline.Models.Layers;
using Pipeline.Models.Preprocessing;
using static TorchSharp.torch;

namespace Pipeline.Models.Classification;

/// <summary>An image classifier with its image processor. Owns the network.</summary>
public sealed class ImageClassifier(ViTForImageClassification network, IImageProcessor processor, Device device) : IDisposable
{
    /// <summary>Names of the labels, in order.</summary>
    public IReadOnlyList<string> Labels => network.Config.Labels;

    /// <summary>Whether several labels can hold at once.</summary>
    public bool MultiLabel => network.Config.MultiLabel;

    /// <summary>Loads a directory in the Hugging Face layout.</summary>
    /// <exception cref="ModelFormatException">A part is missing or belongs to another model.</exception>
    public static ImageClassifier Load(string directory, Device? device = null) =>
        new(ViTForImageClassification.Load(directory, device), ImageProcessorLoader.Load(directory), device ?? CPU);

    /// <summary>Pictures that were classified so far.</summary>
    public long Forwards { get; private set; }

    /// <summary>Probability of every label. They sum to 1, except those of a multi-label classifier.</summary>
    public double[] Classify(RgbImage picture)
    {
        Forwards++;
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor logits = network.Forward(processor.Process(picture, device));            // [1, labels]
        return network.Probabilities(logits.to(ScalarType.Float64)).ToHost<double>();
    }

    /// <inheritdoc />
    public void Dispose() => network.Dispose();
}
