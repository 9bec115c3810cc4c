using System.Text.Json.Serialization;
using Pipeline.Diffusion.StyleDiffusion;
using Pipeline.Methods.Baselines;

namespace Pipeline.Methods.StyleDiffusion;

/// <summary>Settings of <see cref="StyleDiffusionEditor"/>; defaults are what the authors' README recommends. Every tau is the share of the steps, from the noisiest one, in which something acts.</summary>
public sealed record StyleDiffusionOptions : BaselineOptions
{
    /// <summary>Settings with the authors' 30 steps.</summary>
    public StyleDiffusionOptions() => Steps = 30;

    /// <summary>How a mapping network's output becomes the value input. Default film (authors' code); direct is the paper's text.</summary>
    public ValuePath ValuePath { get; init; } = ValuePath.Film;

    /// <summary>How the first network starts. Default framework (authors' code).</summary>
    public MappingInit Init { get; init; } = MappingInit.Framework;

    /// <summary>Most optimisation steps of the first sampling step; step i takes ceil(innerSteps exp(-0.1 i)). Default 100 (authors' code).</summary>
    public int InnerSteps { get; init; } = 100;

    /// <summary>Adam's learning rate, times 1 - i / 100 in step i. Default 0.01 (authors' code).</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Step i stops below earlyStop + i earlyStopGrowth. Default 1e-5 (authors' code).</summary>
    public double EarlyStop { get; init; } = 1e-5;

    /// <summary>See <see cref="EarlyStop"/>. Default 2e-5 (authors' code).</summary>
    public double EarlyStopGrowth { get; init; } = 2e-5;

    /// <summary>Whether attention maps are part of the loss. Default true (paper).</summary>
    public bool AttentionLoss { get; init; } = true;

    /// <summary>tau_v: targets take the source's value path. Default 0.5 (authors' README; 0.2 for large changes of shape).</summary>
    public double ValueUntil { get; init; } = 0.5;

    /// <summary>tau_c: cross-attention of shared words is the source's. Default 0.6 (authors' README).</summary>
    public double CrossUntil { get; init; } = 0.6;

    /// <summary>tau_s: self-attention of the conditional half is the source's. Default 0.6 (authors' README).</summary>
    public double SelfUntil { get; init; } = 0.6;

    /// <summary>tau_u: self-attention of the unconditional half is the source's (P2Plus). Default 0 (authors' README; 0.5 for large changes of shape).</summary>
    public double UnconditionalUntil { get; init; }

    /// <summary>Factor on the attention of words that only the target prompt has. Default 1 (the authors' command line: 2).</summary>
    public double NewWordWeight { get; init; } = 1;

    /// <summary>Whether latents are held on the source outside the region of the stimulus phrases, found by their attention; edits without phrases are not blended. Default false.</summary>
    public bool LocalBlend { get; init; }

    /// <summary>Threshold of the local blend, [0, 1). Default 0.3 (authors' code).</summary>
    public double BlendThreshold { get; init; } = 0.3;

    /// <summary>Combination with SDEdit: starts from the picture noised to this share of the steps instead of from its inversion, without a source branch; (0, 1]. Default null: off. The paper's examples suggest 0.6 to 0.8.</summary>
    public double? Strength { get; init; }

    /// <summary>Style transfer: file of a picture whose style is trained and laid over the request's picture. Default null: off.</summary>
    public string? StyleImage { get; init; }

    /// <summary>Digest of <see cref="StyleImage"/>, filled in when parameters are brought into their normal form: another picture is another result.</summary>
    public string? StyleImageDigest { get; init; }

    /// <summary>What the style picture shows. Default empty.</summary>
    public string StylePrompt { get; init; } = "";

    /// <summary>Style transfer: share of the steps with the content's decoder features. Default 0.8 (plug-and-play; the paper names no layers).</summary>
    public double FeaturesUntil { get; init; } = 0.8;

    /// <summary>Style transfer: share of the steps with the content's self-attention. Default 0.5 (plug-and-play).</summary>
    public double AttentionUntil { get; init; } = 0.5;

    /// <summary>The defaults of the authors' command line.</summary>
    public static StyleDiffusionOptions CommandLine { get; } = new() { ValueUntil = 0.6, CrossUntil = 0.6, SelfUntil = 0.8, UnconditionalUntil = 0.5, NewWordWeight = 2, LocalBlend = true };

    /// <summary>The paper's text instead of the authors' code: direct value path, small Gaussian start, learning rate 0.0001.</summary>
    public static StyleDiffusionOptions Paper { get; } = new() { ValuePath = ValuePath.Direct, Init = MappingInit.Gaussian, LearningRate = 1e-4 };

    /// <summary>The inversion's part of the settings.</summary>
    [JsonIgnore]
    public StyleInversionOptions Inversion => new()
    {
        ValuePath = ValuePath, Init = Init, InnerSteps = InnerSteps, LearningRate = LearningRate, EarlyStop = EarlyStop, EarlyStopGrowth = EarlyStopGrowth, AttentionLoss = AttentionLoss,
        ValueUntil = StyleImage is null ? ValueUntil : 1,
    };

    /// <summary>Sample-forwards of inversion and training where no step stops early, a backward pass counted as two.</summary>
    [JsonIgnore]
    public long TrainingForwards
    {
        get
        {
            ValuePathOptions training = new() { InnerSteps = InnerSteps };
            return (4L * Steps) + Enumerable.Range(0, Steps).Sum(i => 3L * training.InnerStepsAt(i)); // path, reference maps, two predictions a step
        }
    }

    /// <summary>Index of the first step of the combination with SDEdit, round((1 - s) N).</summary>
    internal int FirstStep => Strength is { } s ? (int)Math.Floor((1 - s) * Steps + 0.5) : 0;

    /// <inheritdoc />
    public override void Check()
    {
        base.Check();
        EditException.Require(Inversion.Problem is null, Inversion.Problem ?? "");
        EditException.Require(IsFraction(ValueUntil) && IsFraction(CrossUntil) && IsFraction(SelfUntil) && IsFraction(UnconditionalUntil) && IsFraction(FeaturesUntil) && IsFraction(AttentionUntil),
            "valueUntil, crossUntil, selfUntil, unconditionalUntil, featuresUntil and attentionUntil must lie in [0, 1]");
        EditException.Require(double.IsFinite(NewWordWeight) && BlendThreshold is >= 0 and < 1, "newWordWeight must be finite and blendThreshold lie in [0, 1)");
        EditException.Require(Strength is null or (>= 0 and <= 1), "strength must lie in [0, 1]");
        EditException.Require(Strength is null || StyleImage is null, "strength and styleImage exclude each other");
    }
}
