using Pipeline.Methods;
using Pipeline.Methods.Baselines;

namespace Pipeline.Stages.Editing;

/// <summary>SDEdit.</summary>
public sealed class SdEditFactory() : BaselineFactory<SdEditOptions>("sdedit", ("default", new()))
{
    /// <inheritdoc />
    protected override long Estimate(SdEditOptions options, int edits) => 2L * edits * options.VisitedSteps;

    /// <inheritdoc />
    protected override BaselineEditor<SdEditOptions> Editor(EditModels models, SdEditOptions options) => new SdEditEditor(models.Diffusion, options);
}
