namespace Pipeline.Diffusion.Inversion;

/// <summary>The options of an inversion without any: all it needs are the settings of the edit.</summary>
public sealed record NoInversionParameters
{
    internal static IReadOnlyList<(string Name, NoInversionParameters Options)> Presets { get; } = [("paper", new())];
}
