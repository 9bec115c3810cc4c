using Pipeline.Methods;
using Pipeline.Methods.Baselines;
using Pipeline.Models;

namespace Pipeline.Stages.Editing;

/// <summary>pix2pix-zero.</summary>
public sealed class Pix2PixZeroFactory() : BaselineFactory<Pix2PixZeroOptions>("pix2pix-zero", ("default", new()))
{
    /// <inheritdoc />
    protected override Pix2PixZeroOptions Complete(Pix2PixZeroOptions options) => options.Directions is not { } folder ? options
        : Directory.Exists(folder) ? options with { DirectionsDigest = ModelDirectory.Digest(folder) }
        : throw new EditException("PIPE3101", $"directions: {folder} is no folder");

    /// <inheritdoc />
    protected override IReadOnlyList<string> OfInversion => ["steps", "stepsOffset", "regularisationRounds"];

    /// <inheritdoc />
    protected override long Estimate(Pix2PixZeroOptions options, int edits) => options.Steps - 2 + ((2 + (8L * edits)) * options.Steps);

    /// <inheritdoc />
    protected override BaselineEditor<Pix2PixZeroOptions> Editor(EditModels models, Pix2PixZeroOptions options) => new Pix2PixZeroEditor(models.Diffusion, options);
}
