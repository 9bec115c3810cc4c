using System.Text.Json;
using Pipeline.Imaging;
using Pipeline.Models.Preprocessing;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>What the cases of whole networks have in common: which network it is, and the preparation of pictures and texts beside the network.</summary>
internal static class ModelCase
{
    /// <summary>Preprocessed samples come from 8-bit pictures: one level is 4e-3 before normalisation, so this catches any wrong pixel.</summary>
    private static readonly Tolerance s_samples = new(2e-6, 1e-6);

    /// <summary>The <c>model_type</c> of a folder's configuration; empty when there is none that can be read.</summary>
    public static string Kind(ParityCase reference, params string[] folder)
    {
        string path = reference.PathOf([.. folder, "config.json"]);
        if (!File.Exists(path))
        {
            return "";
        }

        try
        {
            using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(path));
            return config.RootElement.TryGetProperty("model_type", out JsonElement kind) ? kind.GetString() ?? "" : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    /// <summary>Compares the expected tensors among <paramref name="results"/>.</summary>
    public static IEnumerable<TensorComparison> Compare(ParityCase reference, IEnumerable<(string Name, Tensor Actual)> results) =>
        results.Where(r => reference.Expects(r.Name)).Select(r => reference.Compare(r.Name, r.Actual));

    /// <summary>Compares a stored input with what our own preparation makes.</summary>
    public static TensorComparison CompareInput(ParityCase reference, string name, PixelValues actual) =>
        s_samples.Compare("own " + name, reference.Inputs!.ReadDoubles(name), Array.ConvertAll(actual.Values, v => (double)v));

    /// <summary>Compares stored ids without their padding with our own tokens, text by text.</summary>
    public static IEnumerable<TensorComparison> CompareTokens(
        ParityCase reference, string ids, string mask, IReadOnlyList<string> texts, Func<string, IReadOnlyList<int>> encode)
    {
        double[] stored = reference.Inputs!.ReadDoubles(ids);
        double[] kept = reference.Inputs.ReadDoubles(mask);
        int length = stored.Length / Math.Max(1, texts.Count);
        for (int row = 0; row < texts.Count; row++)
        {
            List<int> expected = [];
            for (int i = row * length; i < (row + 1) * length; i++)
            {
                if (kept[i] != 0)
                {
                    expected.Add((int)stored[i]);
                }
            }

            yield return TensorComparison.EqualLists($"own {ids}[{row}]", expected, encode(texts[row]));
        }
    }

    /// <summary>A list of texts of meta.json; empty when absent.</summary>
    public static IReadOnlyList<string> Texts(ParityCase reference, string key) =>
        reference.Meta.TryGetProperty(key, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(t => t.GetString() ?? "")]
            : [];

    /// <summary>The pictures <c>image0.png</c>, <c>image1.png</c>, … of a case.</summary>
    public static IReadOnlyList<RgbImage> Pictures(ParityCase reference)
    {
        List<RgbImage> pictures = [];
        while (reference.HasFile($"image{pictures.Count}.png"))
        {
            pictures.Add(ImageCodec.Default.DecodeFile(reference.PathOf($"image{pictures.Count}.png")));
        }

        return pictures;
    }

    /// <summary>Rows of tokens as the reference library returns them: a start token in front, ended rows filled up; int64 [rows, 1 + longest].</summary>
    public static Tensor Sequences(IReadOnlyList<IReadOnlyList<int>> rows, int? start, int pad)
    {
        int longest = rows.Max(r => r.Count);
        long[] values = [.. rows.SelectMany(r => (start is { } first ? new[] { first } : [])
            .Concat(r).Concat(Enumerable.Repeat(pad, longest - r.Count))).Select(t => (long)t)];
        return tensor(values, [rows.Count, values.Length / rows.Count], ScalarType.Int64);
    }
}
