using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Lpips;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Evaluation.Metrics;

/// <summary>
/// LPIPS of a source and its edits: over the frame, and inside and outside of a mask as PIE-Bench takes parts (both pictures blackened, EDITING 16.2). The features of the last source are kept, as
/// the edits of one picture follow one another. Owns the network; not for several threads at once.
/// </summary>
public sealed class PerceptualMetrics(LpipsModel model, Device device) : IDisposable
{
    private RgbImage? _lastSource;
    private IReadOnlyList<Tensor> _lastFeatures = [];

    /// <summary>Loads the folder of an LPIPS network.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">It holds something else.</exception>
    public static PerceptualMetrics Load(string directory, Device? device = null) => new(LpipsModel.Load(directory, device), device ?? CPU);

    /// <summary>The network.</summary>
    public LpipsModel Model => model;

    /// <summary><c>lpips</c>, and with a mask its parts and <c>ns_lpips</c> (<see cref="NonSelectedLpips"/>, the mask being what was selected).</summary>
    /// <param name="source">The picture before.</param>
    /// <param name="edited">The picture after, of the same size.</param>
    /// <param name="mask">The edited region, of the same size; over 0.5 counts as edited. Null leaves the parts out.</param>
    /// <exception cref="ArgumentException">Different sizes.</exception>
    public IReadOnlyDictionary<string, MetricValue> Compute(RgbImage source, RgbImage edited, MaskImage? mask = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(edited);
        if (source.Width != edited.Width || source.Height != edited.Height || (mask is not null && (mask.Width != source.Width || mask.Height != source.Height)))
        {
            throw new ArgumentException($"pictures of {source.Width}x{source.Height} and {edited.Width}x{edited.Height}, and their mask, must have one size: resize first");
        }

        Dictionary<string, MetricValue> metrics = new(StringComparer.Ordinal);
        if (Math.Min(source.Width, source.Height) < LpipsModel.SmallestSide)
        {
            metrics[MetricNames.Lpips] = MetricValue.Missing;
            return metrics;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        metrics[MetricNames.Lpips] = model.Distance(SourceFeatures(source), model.Features(Pixels(edited))).to(ScalarType.Float64).cpu().item<double>();
        if (mask is not null)
        {
            bool[] inside = Array.ConvertAll(mask.Values, v => v > 0.5f);
            metrics[MetricNames.Lpips + MetricNames.EditPart] = Part(source, edited, inside);
            metrics[MetricNames.Lpips + MetricNames.UneditPart] = Part(source, edited, Array.ConvertAll(inside, v => !v));
            metrics[MetricNames.NsLpips] = NonSelectedLpips.Compute(model, source, edited, mask, NonSelectedMode.Paper, device);
        }

        return metrics;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Forget();
        model.Dispose();
    }

    private MetricValue Part(RgbImage source, RgbImage edited, bool[] kept) => Array.Exists(kept, k => k)
        ? model.Distance(Pixels(Within(source, kept)), Pixels(Within(edited, kept))).to(ScalarType.Float64).cpu().item<double>()
        : MetricValue.Missing;

    private IReadOnlyList<Tensor> SourceFeatures(RgbImage source)
    {
        if (_lastSource is { } known && known.Width == source.Width && known.Pixels.AsSpan().SequenceEqual(source.Pixels))
        {
            return _lastFeatures;
        }

        Forget();
        _lastFeatures = [.. model.Features(Pixels(source)).Select(t => t.DetachFromDisposeScope())];
        _lastSource = source;
        return _lastFeatures;
    }

    private void Forget()
    {
        foreach (Tensor tap in _lastFeatures)
        {
            tap.Dispose();
        }

        (_lastSource, _lastFeatures) = (null, []);
    }

    private Tensor Pixels(RgbImage picture) => ImageTensors.ToTensor(picture, PixelRange.SignedUnit).to(device);   // [1, 3, H, W]

    private static RgbImage Within(RgbImage picture, bool[] kept)
    {
        byte[] pixels = new byte[picture.Pixels.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = kept[i / 3] ? picture.Pixels[i] : (byte)0;
        }

        return new RgbImage(picture.Width, picture.Height, pixels);
    }
}
