using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Diffusion.Inversion;

/// <summary>How manifests and methods know an inversion.</summary>
public interface IInversionFactory
{
    /// <summary>Name, such as <c>null-text</c>.</summary>
    string Name { get; }

    /// <summary>What methods have to know.</summary>
    InversionTraits Traits { get; }

    /// <summary>Names of the presets; the first is the default.</summary>
    IReadOnlyList<string> Presets { get; }

    /// <summary>All parameters, defaults filled in, in one form: part of the key under which results are kept.</summary>
    /// <param name="parameters">An object whose <c>preset</c> names a preset and whose other members override it; null for the default preset.</param>
    /// <exception cref="DiffusionException">A parameter or the preset is unknown or impossible.</exception>
    JsonObject Normalise(JsonElement? parameters);

    /// <summary>UNet sample-forwards of <see cref="IInversion.Compute"/> over N steps, for plans; optimisations count as if none stopped early.</summary>
    /// <exception cref="DiffusionException">A parameter is unknown or impossible.</exception>
    long EstimateForwards(JsonElement? parameters, int steps);

    /// <summary>The inversion over a model.</summary>
    /// <exception cref="DiffusionException">A parameter is unknown or impossible, or the context does not suit the inversion.</exception>
    IInversion Create(JsonElement? parameters, InversionContext context);
}
