using Pipeline.Imaging;
using Pipeline.Models.Preprocessing;
using Pipeline.Models.Tokenizers;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>
/// A CLIP with the tokenizer and the image processor of its directory: what metrics and dashboards use. Thread safety is the model's: one caller at a time.
/// </summary>
public sealed class ClipEmbedder(ClipModel model, ClipTokenizer tokenizer, ClipImageProcessor processor, Device device) : IDisposable
{
    /// <summary>Pictures that went through the image tower so far.</summary>
    public long ImageForwards { get; private set; }

    /// <summary>Texts that went through the text tower so far.</summary>
    public long TextForwards { get; private set; }

    /// <summary>The network.</summary>
    public ClipModel Model => model;

    /// <summary>Loads a directory in the Hugging Face layout.</summary>
    /// <exception cref="ModelFormatException">A part is missing or belongs to another model.</exception>
    public static ClipEmbedder Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var tokenizer = TokenizerLoader.LoadClip(directory);
        var processor = ClipImageProcessor.FromDirectory(directory);
        return new ClipEmbedder(ClipModel.Load(directory, device, dtype), tokenizer, processor, device ?? CPU);
    }

    /// <summary>Unit vectors [images, projection], the caller's.</summary>
    /// <param name="images">At least one picture, any sizes.</param>
    public Tensor EmbedImages(IReadOnlyList<RgbImage> images)
    {
        ArgumentOutOfRangeException.ThrowIfZero(images.Count);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        ImageForwards += images.Count;
        var pixels = cat([.. images.Select(image => processor.Process(image))], 0).to(model.Dtype, device);   // [B, 3, S, S]
        return model.EmbedImage(pixels).MoveToOuterDisposeScope();
    }

    /// <summary>All tokens of one picture after the final layer norm, not projected [1, 1 + N, hidden], class token first; the caller's.</summary>
    public Tensor ImageTokens(RgbImage image)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        ImageForwards++;
        var pixels = processor.Process(image).to(model.Dtype, device);   // [1, 3, S, S]
        return model.ImageTokens(pixels).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>Unit vectors [texts, projection], the caller's. Texts longer than the tower are cut as the tokenizer does.</summary>
    public Tensor EmbedTexts(IReadOnlyList<string> texts)
    {
        ArgumentOutOfRangeException.ThrowIfZero(texts.Count);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        TextForwards += texts.Count;
        var batch = tokenizer.EncodeBatch(texts, model.Config.Text.Positions);
        return model.EmbedText(batch.IdsTensor(device), batch.MaskTensor(device)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();
}
