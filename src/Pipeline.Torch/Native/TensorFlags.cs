namespace TorchSharp.Native;

/// <summary>Yes-or-no facts of a tensor; numbers as in native/engine.cpp.</summary>
[Flags]
internal enum TensorFlags
{
    None = 0,
    RequiresGrad = 1,
    IsLeaf = 2,
    IsContiguous = 4,
    IsInference = 8,
    IsConjugated = 16,
    IsNegated = 32,
    IsSparse = 64,
    HasStorage = 128,
}
