using Pipeline.Methods;
using Pipeline.Methods.Baselines;

namespace Pipeline.Stages.Editing;

/// <summary>DDIM with word swap.</summary>
public sealed class DdimSwapFactory() : BaselineFactory<DdimSwapOptions>("ddim-word-swap", ("default", new()))
{
    /// <inheritdoc />
    protected override IReadOnlyList<string> OfInversion => ["steps", "stepsOffset"];

    /// <inheritdoc />
    protected override long Estimate(DdimSwapOptions options, int edits) => (1 + (2L * edits)) * options.Steps;

    /// <inheritdoc />
    protected override BaselineEditor<DdimSwapOptions> Editor(EditModels models, DdimSwapOptions options) => new DdimSwapEditor(models.Diffusion, options);
}
