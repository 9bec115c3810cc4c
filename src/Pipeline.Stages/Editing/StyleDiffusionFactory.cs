using Pipeline.Methods;
using Pipeline.Methods.Baselines;
using Pipeline.Methods.StyleDiffusion;
using Pipeline.Models;

namespace Pipeline.Stages.Editing;

/// <summary>StyleDiffusion.</summary>
public sealed class StyleDiffusionFactory()
    : BaselineFactory<StyleDiffusionOptions>("stylediffusion", ("readme", new()), ("cli", StyleDiffusionOptions.CommandLine), ("paper", StyleDiffusionOptions.Paper))
{
    /// <inheritdoc />
    public override IReadOnlyList<ComponentKind> OtherModels => [ComponentKind.Clip];

    /// <inheritdoc />
    protected override StyleDiffusionOptions Complete(StyleDiffusionOptions options) => options.StyleImage is not { } file ? options
        : File.Exists(file) ? options with { StyleImageDigest = FileDigests.Sha256(file) }
        : throw new EditException("PIPE3101", $"styleImage: {file} does not exist");

    /// <inheritdoc />
    protected override IReadOnlyList<string> OfInversion => 
    [
        "steps", "stepsOffset", "guidance", "valuePath", "init", "innerSteps", "learningRate", "earlyStop", "earlyStopGrowth", "attentionLoss", "styleImage", "styleImageDigest", "stylePrompt",
    ];

    /// <inheritdoc />
    protected override long Estimate(StyleDiffusionOptions options, int edits) => options.TrainingForwards + ((2 + (2L * edits)) * options.Steps);

    /// <inheritdoc />
    protected override BaselineEditor<StyleDiffusionOptions> Editor(EditModels models, StyleDiffusionOptions options) => new StyleDiffusionEditor(models, options);
}
