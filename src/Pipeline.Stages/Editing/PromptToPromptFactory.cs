using System.Text.Json;
using Pipeline.Diffusion.Inversion;
using Pipeline.Methods;
using Pipeline.Methods.Baselines;
using Pipeline.Models;

namespace Pipeline.Stages.Editing;

/// <summary>Prompt-to-Prompt over any inversion.</summary>
public sealed class PromptToPromptFactory() : BaselineFactory<PromptToPromptOptions>("prompt-to-prompt", ("pie-bench", new()), ("null-text", PromptToPromptOptions.NullText))
{
    /// <inheritdoc />
    public override IReadOnlyList<ComponentKind> OtherModels => [ComponentKind.Clip];

    /// <inheritdoc />
    public override IReadOnlyList<ComponentKind> OtherModelsFor(JsonElement? parameters) => (string?)Normalise(parameters)["inversion"] == "stylediffusion" ? OtherModels : [];

    /// <inheritdoc />
    protected override IReadOnlyList<string> OfInversion => ["steps", "stepsOffset", "inversion", "inversionParams", "guidanceSource"];

    /// <inheritdoc />
    protected override PromptToPromptOptions Complete(PromptToPromptOptions options) => options with
    {
        InversionParams = Inversions.Get(options.Inversion).Normalise(Element(options)),
    };

    /// <inheritdoc />
    protected override long Estimate(PromptToPromptOptions options, int edits) =>
        Inversions.Get(options.Inversion).EstimateForwards(Element(options), options.Steps) + ((2 + (2L * edits)) * options.Steps);

    /// <inheritdoc />
    protected override BaselineEditor<PromptToPromptOptions> Editor(EditModels models, PromptToPromptOptions options) => new PromptToPromptEditor(models, options);

    private static JsonElement? Element(PromptToPromptOptions options) => options.InversionParams is { } own ? JsonSerializer.SerializeToElement(own) : null;
}
