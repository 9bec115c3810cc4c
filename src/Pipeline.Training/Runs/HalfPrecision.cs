using Pipeline.Models.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>Rewrites the weights of an exported folder in half precision, as the family is shipped: half the bytes; loaders compute in their own type in any case.</summary>
public static class HalfPrecision
{
    private const double Largest = 65_504;

    /// <summary>Rewrites every safetensors file of a folder and its sub-folders; whole numbers and metadata stay.</summary>
    /// <exception cref="TrainingException">A weight is too large for the format.</exception>
    public static void Convert(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            using DisposeScope scope = NewDisposeScope();
            List<(string, Tensor)> tensors = [];
            Dictionary<string, string> metadata;
            using (SafetensorsFile file = SafetensorsFile.Open(path))
            {
                metadata = new Dictionary<string, string>(file.Metadata, StringComparer.Ordinal);
                tensors.AddRange(file.Names.Select(n => (n, Halved(file.ReadTensor(n), $"{path}: {n}"))));
            }

            SafetensorsWriter.Write(path, tensors, metadata);
        }
    }

    private static Tensor Halved(Tensor value, string place)
    {
        if (!value.is_floating_point() || value.dtype == ScalarType.Float16)
        {
            return value;
        }

        return value.numel() == 0 || value.abs().max().ToDouble() <= Largest
            ? value.half()
            : throw new TrainingException($"{place}: has values beyond {Largest}, the largest of half precision: export without --half");
    }
}
