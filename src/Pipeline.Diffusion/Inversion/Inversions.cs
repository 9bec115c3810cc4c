namespace Pipeline.Diffusion.Inversion;

/// <summary>All inversions by name.</summary>
/// <remarks>
/// To add one: write an options record (defaults first, each with its source), a class that implements <see cref="IInversion"/> in the two halves described there, and one line in <see cref="All"/>.
/// What runs the model or optimises belongs into <see cref="IInversion.Compute"/>, as named tensors of its <see cref="InversionArtefact"/>: the invert stage keeps those by content key and never asks twice.
/// What the edit needs beside latents comes from the trajectory: own unconditional text (<see cref="ISourceTrajectory.UnconditionalAt"/>), another mix of the guidance halves
/// (<see cref="ISourceTrajectory.Guide"/>), an attention control (<see cref="ISourceTrajectory.Control"/>).
/// </remarks>
public static class Inversions
{
    /// <summary>The name of the default.</summary>
    public const string Default = "virtual";

    /// <summary>Every inversion of this library.</summary>
    public static IReadOnlyList<IInversionFactory> All { get; } =
    [
        VirtualInversion.Factory,
        DdimInversion.Factory,
        DirectInversion.Factory,
        NegativePromptInversion.Factory,
        ProximalInversion.Factory,
        NullTextInversion.Factory,
        EditFriendlyInversion.Factory,
        StyleDiffusion.StyleDiffusionInversion.Factory,
    ];

    /// <summary>An inversion by its name.</summary>
    /// <exception cref="DiffusionException">There is none of this name.</exception>
    public static IInversionFactory Get(string name) => All.FirstOrDefault(f => f.Name == name)
        ?? throw new DiffusionException($"unknown inversion '{name}': {string.Join(", ", All.Select(f => f.Name))} exist");
}
