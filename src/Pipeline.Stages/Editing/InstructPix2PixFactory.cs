using Pipeline.Methods;
using Pipeline.Methods.Baselines;
using Pipeline.Models;

namespace Pipeline.Stages.Editing;

/// <summary>InstructPix2Pix, over a model of its own.</summary>
public sealed class InstructPix2PixFactory() : BaselineFactory<InstructPix2PixOptions>("instruct-pix2pix", ("default", new()))
{
    /// <inheritdoc />
    public override IReadOnlyList<ComponentKind> OtherModels => [ComponentKind.Instruct];

    /// <inheritdoc />
    public override bool TakesSourceLatent => false;

    /// <inheritdoc />
    protected override long Estimate(InstructPix2PixOptions options, int edits) => 3L * edits * options.Steps;

    /// <inheritdoc />
    protected override BaselineEditor<InstructPix2PixOptions> Editor(EditModels models, InstructPix2PixOptions options) => new InstructPix2PixEditor(models.Instruct, options);
}
