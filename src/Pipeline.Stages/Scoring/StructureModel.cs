using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Models.Dino;
using Pipeline.Models.Preprocessing;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Stages.Scoring;

/// <summary>
/// A DINO with its image processor: compares the structure and the subject of two pictures. What it sees of the last source is kept, as the edits of one picture follow one another. Owns the network; not
/// for several threads at once.
/// </summary>
public sealed class StructureModel(ViTModel model, IImageProcessor processor, Device device) : IDisposable
{
    private readonly SortedDictionary<bool, View> source = [];
    private RgbImage? lastSource;

    /// <summary>Loads a directory in the Hugging Face layout.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">A part is missing or belongs to another model.</exception>
    public static StructureModel Load(string directory, Device device) =>
        new(ViTModel.Load(directory, device), ImageProcessorLoader.Load(directory), device);

    /// <summary>Compares a picture with its edit.</summary>
    /// <param name="before">The source.</param>
    /// <param name="edited">The edit.</param>
    /// <param name="pie255">Whether to compare over PIE-Bench's pixel range as well: one more pass.</param>
    public StructureScores Compare(RgbImage before, RgbImage edited, bool pie255 = false)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        (double distance, double similarity) = Against(before, edited, View.Usual);
        return new StructureScores(distance, similarity, pie255 ? Against(before, edited, View.Wide).Distance : null);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Forget();
        model.Dispose();
    }

    private (double Distance, double Similarity) Against(RgbImage before, RgbImage edited, bool wide)
    {
        if (!SamePicture.Is(lastSource, before))
        {
            Forget();
            lastSource = before;
        }

        if (!source.TryGetValue(wide, out View? kept))
        {
            View seen = See(before, wide);
            source[wide] = kept = seen with { Similarity = seen.Similarity.DetachFromDisposeScope() };
        }

        View other = See(edited, wide);
        return (StructureDistance.Between(kept.Similarity, other.Similarity), EmbeddingSimilarity.Cosine(kept.ClassToken, other.ClassToken));
    }

    private View See(RgbImage picture, bool wide)
    {
        Tensor pixels = processor.Process(picture, device); // [1, 3, H, W]
        (Tensor keys, Tensor token) = model.KeysAndClassToken(wide ? Widened(pixels) : pixels);
        Tensor host = token.to(ScalarType.Float32, CPU).contiguous();
        using TensorAccessor<float> values = host.data<float>();
        return new View(StructureDistance.SelfSimilarity(keys.squeeze(0)), values.ToArray()); // keys [1, 1 + N, hidden]
    }

    // (255 x - mean) / std of what the processor made (x - mean) / std of: black shows where it puts 0.
    private Tensor Widened(Tensor pixels)
    {
        Tensor black = processor.Process(new RgbImage(16, 16), device).narrow(2, 0, 1).narrow(3, 0, 1); // [1, 3, 1, 1]
        return (pixels - black) * 255.0 + black;
    }

    private void Forget()
    {
        foreach (View view in source.Values)
        {
            view.Similarity.Dispose();
        }

        source.Clear();
        lastSource = null;
    }

    private sealed record View(Tensor Similarity, float[] ClassToken)
    {
        public const bool Usual = false;
        public const bool Wide = true;
    }
}
