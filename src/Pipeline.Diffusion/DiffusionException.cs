namespace Pipeline.Diffusion;

/// <summary>A diffusion run was asked for something it cannot do: the message says what, where and what to do. Never transient.</summary>
public sealed class DiffusionException(string message) : Exception(message);
