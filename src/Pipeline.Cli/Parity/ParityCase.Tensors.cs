using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

public sealed partial class ParityCase
{
    /// <summary>A stored input as it is, on the CPU; the caller owns it (a current dispose scope holds it).</summary>
    /// <exception cref="ModelFormatException">The case has no such input.</exception>
    public Tensor Input(string name) => Inputs is { } file
        ? file.ReadTensor(name)
        : throw new ModelFormatException($"{Directory}: has no inputs.safetensors");

    /// <summary>True when the case stores this input.</summary>
    public bool HasInput(string name) => Inputs is not null && Inputs.Contains(name);

    /// <summary>True when the case expects this tensor.</summary>
    public bool Expects(string name) => Expected is not null && Expected.Contains(name);

    /// <summary>An expected tensor as it is, on the CPU; the caller owns it. For steps that start from the reference's own intermediate result.</summary>
    /// <exception cref="ModelFormatException">The case has no such tensor.</exception>
    public Tensor ExpectedTensor(string name) => Expected is { } file
        ? file.ReadTensor(name)
        : throw new ModelFormatException($"{Directory}: has no expected.safetensors");

    /// <summary>Compares a tensor of any type and device with the expected one; it stays the caller's.</summary>
    public TensorComparison Compare(string name, Tensor actual, Tolerance? tolerance = null)
    {
        using DisposeScope scope = NewDisposeScope();
        double[] values = actual.detach().cpu().to(ScalarType.Float64).contiguous().data<double>().ToArray();
        return Compare(name, values, actual.shape, tolerance);
    }
}
