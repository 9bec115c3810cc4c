using Pipeline.Evaluation.Metrics;
using Pipeline.Methods.Emotions;
using Pipeline.Models.Clip;
using Pipeline.Stages.Modelling;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Stages.Scoring;

/// <summary>Zero-shot distribution of a picture over the 27 emotions by CLIP. The emotions' texts are embedded once.</summary>
internal sealed class ClipEmotions(ModelSlot<ClipEmbedder> clip)
{
    private float[][]? features;

    /// <summary>softmax(s &lt;I, T_c&gt;) by emotion id, in double precision.</summary>
    /// <param name="image">The picture's embedding.</param>
    public double[] Distribution(float[] image)
    {
        features ??= [.. EmotionTaxonomy.All.Select(e => EmotionTemplates.Feature(Rows(clip.Value.EmbedTexts(EmotionTemplates.Of(e)))))];
        double scale = Scale();
        double[] logits = [.. features.Select(text => scale * EmbeddingSimilarity.Cosine(image, text))];
        double highest = logits.Max();
        double[] exponentials = Array.ConvertAll(logits, l => Math.Exp(l - highest));
        double sum = exponentials.Sum();
        return Array.ConvertAll(exponentials, e => e / sum);
    }

    /// <summary>Forgets what it holds of the model.</summary>
    public void Forget() => features = null;

    /// <summary>Rows of a matrix [n, d]; the tensor is disposed.</summary>
    public static float[][] Rows(Tensor vectors)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor owned = vectors;
        Tensor host = owned.to(ScalarType.Float32, CPU).contiguous();
        using TensorAccessor<float> values = host.data<float>();
        return [.. values.ToArray().Chunk((int)owned.shape[1])];
    }

    private double Scale()
    {
        using DisposeScope scope = NewDisposeScope();
        return Math.Exp(clip.Value.Model.LogitScale.to(ScalarType.Float64, CPU).item<double>());
    }
}
