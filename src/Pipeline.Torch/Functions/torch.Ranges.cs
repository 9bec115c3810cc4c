using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    // Sequences, identities and permutations. Whole numbers give Int64, others the default type, unless a type is asked for.
    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Recording(Aten.arange_start_step.Call(start, stop, step, dtype, Arg.None, device ?? s_defaultDevice), requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Recording(Aten.linspace.Call(start, end, steps, dtype ?? s_defaultType, Arg.None, device ?? s_defaultDevice), requires_grad);

    public static Tensor logspace(
        double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Recording(Aten.logspace.Call(start, end, steps, @base, dtype ?? s_defaultType, Arg.None, device ?? s_defaultDevice), requires_grad);

    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        RefuseNames(names);
        return Recording(Aten.eye_m.Call(rows, columns < 0 ? rows : columns, dtype ?? s_defaultType, Arg.None, device ?? s_defaultDevice), requires_grad);
    }

    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null)
    {
        ScalarType type = dtype ?? ScalarType.Int64;
        device ??= s_defaultDevice;
        return Recording(
            generator is null ? Aten.randperm.Call(n, type, Arg.None, device) : Aten.randperm_generator.Call(n, generator, type, Arg.None, device), requires_grad);
    }

    /// <summary>Numbers drawn around each mean with each standard deviation.</summary>
    public static Tensor normal(Tensor mean, Tensor std, Generator? generator = null) => Aten.normal_Tensor_Tensor.Call(mean, std, generator);

    public static Tensor normal(
        double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null)
    {
        RefuseNames(names);
        return Recording(
            Aten.normal_float_float.Call(mean, std, size.ToArray(), generator, dtype ?? s_defaultType, Arg.None, device ?? s_defaultDevice), requires_grad);
    }

    public static Tensor tril_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Aten.tril_indices.Call(row, col, offset, dtype, Arg.None, device ?? s_defaultDevice);

    public static Tensor triu_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Aten.triu_indices.Call(row, col, offset, dtype, Arg.None, device ?? s_defaultDevice);
}
