using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Diffusion;
using Pipeline.Diffusion.Inversion;

namespace Pipeline.Methods.Baselines;

/// <summary>Settings of <see cref="PromptToPromptEditor"/>; defaults are those of the PIE-Bench runs.</summary>
public sealed record PromptToPromptOptions : BaselineOptions
{
    /// <summary>The inversion that is taken where none is named.</summary>
    public const string DefaultInversion = "direct";

    /// <summary>How the picture is inverted: every inversion but the virtual one. Default direct (PIE-Bench's best, and it optimises nothing).</summary>
    public string Inversion { get; init; } = DefaultInversion;

    /// <summary>The inversion's own parameters, among them its <c>preset</c>; null for its defaults.</summary>
    public JsonObject? InversionParams { get; init; }

    /// <summary>w of the source branch. Default null: the inversion's authors'.</summary>
    public double? GuidanceSource { get; init; }

    /// <summary>Share of the steps with the source's cross-attention. Default 0.4 (PIE-Bench; 0.8 in the null-text notebook).</summary>
    public double CrossUntil { get; init; } = 0.4;

    /// <summary>Share of the steps with the source's self-attention. Default 0.6 (PIE-Bench).</summary>
    public double SelfUntil { get; init; } = 0.6;

    /// <summary>P2Plus: share of the steps with the source's self-attention in the unconditional half. Default 0: plain Prompt-to-Prompt.</summary>
    public double UnconditionalUntil { get; init; }

    /// <summary>Word swap or refinement. Default refine (PIE-Bench).</summary>
    public PromptEditKind Edit { get; init; } = PromptEditKind.Refine;

    /// <summary>Factor on the attention of words that only the target prompt has. Default 1 (PIE-Bench: 2 where a blend word is given).</summary>
    public double NewWordWeight { get; init; } = 1;

    /// <summary>Whether latents are held on the source outside the region of the stimulus phrases. Default true; edits without phrases are not blended.</summary>
    public bool LocalBlend { get; init; } = true;

    /// <summary>Threshold of the local blend, [0, 1). Default 0.3.</summary>
    public double BlendThreshold { get; init; } = 0.3;

    /// <summary>The settings of the null-text notebook.</summary>
    public static PromptToPromptOptions NullText { get; } = new() { Inversion = "null-text", CrossUntil = 0.8, SelfUntil = 0.5, Edit = PromptEditKind.Auto };

    /// <summary>The inversion's parameters as its factory reads them.</summary>
    internal JsonElement? InversionElement => InversionParams is { } own ? JsonSerializer.SerializeToElement(own) : null;

    /// <summary>w of the source branch.</summary>
    internal double SourceScale => GuidanceSource ?? Inversions.Get(Inversion).Traits.GuidanceSource;

    /// <inheritdoc />
    public override void Check()
    {
        base.Check();
        EditException.Require(IsFraction(CrossUntil) && IsFraction(SelfUntil) && IsFraction(UnconditionalUntil), "crossUntil, selfUntil and unconditionalUntil must lie in [0, 1]");
        EditException.Require(double.IsFinite(NewWordWeight) && BlendThreshold is >= 0 and < 1, "newWordWeight must be finite and blendThreshold lie in [0, 1)");
        EditException.Require(GuidanceSource is null or (>= 0 and <= 1000), "guidanceSource must lie in [0, 1000]");
        try
        {
            IInversionFactory factory = Inversions.Get(Inversion);
            _ = factory.Normalise(InversionElement);
            EditException.Require(!factory.Traits.SharedNoise, $"inversion {Inversion} re-noises all branches together, which is moodifier's sampler: use that method");
            EditException.Require(!factory.Traits.Optimises || SourceScale != 1, $"inversion {Inversion} learns how to follow the picture under guidance: guidanceSource must not be 1");
        }
        catch (DiffusionException e)
        {
            throw EditException.Options(e.Message);
        }
    }
}
