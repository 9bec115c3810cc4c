namespace Pipeline.Methods.Baselines;

/// <summary>Settings of <see cref="DdimSwapEditor"/>.</summary>
public sealed record DdimSwapOptions : BaselineOptions;
