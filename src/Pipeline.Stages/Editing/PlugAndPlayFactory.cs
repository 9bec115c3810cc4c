using Pipeline.Methods;
using Pipeline.Methods.Baselines;

namespace Pipeline.Stages.Editing;

/// <summary>Plug-and-play.</summary>
public sealed class PlugAndPlayFactory() : BaselineFactory<PlugAndPlayOptions>("plug-and-play", ("default", new()), ("official", PlugAndPlayOptions.Official))
{
    /// <inheritdoc />
    protected override IReadOnlyList<string> OfInversion => ["steps", "stepsOffset", "sourceText"];

    /// <inheritdoc />
    protected override long Estimate(PlugAndPlayOptions options, int edits) => (2 + ((options.FadingNegative ? 3L : 2L) * edits)) * options.Steps;

    /// <inheritdoc />
    protected override BaselineEditor<PlugAndPlayOptions> Editor(EditModels models, PlugAndPlayOptions options) => new PlugAndPlayEditor(models.Diffusion, options);
}
