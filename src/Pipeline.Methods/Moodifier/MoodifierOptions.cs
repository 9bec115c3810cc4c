using System.Text.Json.Nodes;
using Pipeline.Diffusion;
using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Inversion;

namespace Pipeline.Methods.Moodifier;

/// <summary>
/// Settings of <see cref="MoodifierEditor"/>; property names in camel case are the manifest's <c>params</c>. "Authors' code" is the published repository, "excerpt" the paper's text.
/// </summary>
public sealed record MoodifierOptions
{
    /// <summary>
    /// How the picture is tied to the diffusion process: virtual, ddim, direct, npi, prox-npi, null-text, edit-friendly (<c>docs/methods/inversions.md</c>). Default virtual (authors' code). Another one brings its own authors'
    /// steps, timesteps and guidance as defaults, and takes Prompt-to-Prompt's self-attention replacement and hard masks.
    /// </summary>
    public string Inversion { get; init; } = Inversions.Default;

    /// <summary>The inversion's own parameters, among them its <c>preset</c>; null for its defaults.</summary>
    public JsonObject? InversionParams { get; init; }

    /// <summary>N, denoising steps. Default 15 (authors' code).</summary>
    public int Steps { get; init; } = 15;

    /// <summary>How timesteps are picked. Default lcm, for latent consistency models (authors' code); leading suits ordinary Stable Diffusion weights with more steps.</summary>
    public TimestepRule Timesteps { get; init; } = TimestepRule.Lcm;

    /// <summary>Steps of the LCM distillation. Default 50 (authors' code).</summary>
    public int OriginalSteps { get; init; } = 50;

    /// <summary>Added to every timestep of the leading rule. Default 1 (Stable Diffusion 1.x's scheduler file).</summary>
    public int StepsOffset { get; init; } = 1;

    /// <summary>Share of the steps that are run, (0, 1]. Default 1 (authors' code, batch runs).</summary>
    public double Strength { get; init; } = 1;

    /// <summary>Fresh noise per step, [0, 1]. Default 1 (authors' code).</summary>
    public double Eta { get; init; } = 1;

    /// <summary>Starts from pure noise instead of the noised picture. Default false (excerpt, Algorithm 1: the picture's latent).</summary>
    public bool StartFromNoise { get; init; }

    /// <summary>w_s of source and mutual branches. Default 1 (InfEdit; the authors' 0.6 costs an unconditional pass of the source).</summary>
    public double GuidanceSource { get; init; } = 1;

    /// <summary>w_t of an emotion at intensity 1. Default 2 (authors' code); above 3 consistency models over-saturate and faces drift.</summary>
    public double GuidanceTarget { get; init; } = 2;

    /// <summary>rho_c, share of the steps with refined cross-attention (t >= tau_c). Default 0.7 (authors' code, objects; 0.8 for faces).</summary>
    public double CrossReplaceUntil { get; init; } = 0.7;

    /// <summary>rho_s, share of the steps with the source's self-attention structure. Default 0.7 (authors' code, objects; 0.8 for faces).</summary>
    public double SelfReplaceUntil { get; init; } = 0.7;

    /// <summary>Spatial gate of M_E in Refine, [0, 1]. Default 1 (excerpt, eq. 7: M_E is an argument of Refine); the authors' code computes 0.</summary>
    public double Kappa { get; init; } = 1;

    /// <summary>Whether refined attention rows are divided by their sum. Default false (Prompt-to-Prompt).</summary>
    public bool Renormalise { get; init; }

    /// <summary>Whose cross-attention maps refinement takes. Default src (authors' code; InfEdit takes mut).</summary>
    public RefineFrom RefineFrom { get; init; } = RefineFrom.Source;

    /// <summary>Whether unaligned words are aligned by the similarity of their text states. Default true (InfEdit; authors' code).</summary>
    public bool SemanticRescue { get; init; } = true;

    /// <summary>What latents are held on outside the mask. Default src (ours: the background equals the input; the authors' code uses mut).</summary>
    public BlendBase BlendBase { get; init; } = BlendBase.Source;

    /// <summary>Mask weights up to this become 0. Default 0.15 (ours: cuts the blur's far tails).</summary>
    public double BlendLow { get; init; } = 0.15;

    /// <summary>Mask weights from this on become 1. Default 0.5 (ours).</summary>
    public double BlendHigh { get; init; } = 0.5;

    /// <summary>Whether the source's pixels are put back outside M_E after decoding. Default true (ours: removes the autoencoder's loss from the background).</summary>
    public bool PixelComposite { get; init; } = true;

    /// <summary>What to do where no stimulus was located. Default cross_attention (ours).</summary>
    public MaskFallback MaskFallback { get; init; } = MaskFallback.CrossAttention;

    /// <summary>Computes the source's unconditional rows even at w_s = 1, so that unconditional rows share self-attention with their like (InfEdit's exact form). Default false: 1 row a step less.</summary>
    public bool KeepSourceUnconditional { get; init; }

    /// <summary>Text that source and mutual guidance starts from. Default: our own wording; the idea is the authors'.</summary>
    public string PositivePrompt { get; init; } = "a sharp, detailed, evenly lit photograph with natural colours";

    /// <summary>Text that target guidance leads away from. Default: our own wording; the idea is the authors'.</summary>
    public string NegativePrompt { get; init; } = "blurry, distorted, washed out, noisy, unnatural colours, artefacts, text, watermark";

    /// <summary>Longest side at which the model works, in pixels; larger pictures are scaled down. Default null: one and a half times the model's native side, 768 for Stable Diffusion 1.x.</summary>
    public int? LongSide { get; init; }

    /// <summary>Smallest long side, in pixels; smaller pictures are scaled up. Default null: the model's native side, 512 for Stable Diffusion 1.x. Never above <see cref="LongSide"/>.</summary>
    public int? MinLongSide { get; init; }

    /// <summary>Both sides are rounded to a multiple of this (and of the autoencoder's factor). Default 8; 64 avoids odd grids in the UNet.</summary>
    public int SizeMultiple { get; init; } = 8;

    /// <summary>Size of the result. Default working.</summary>
    public OutputSize OutputSize { get; init; } = OutputSize.Working;

    /// <summary>Most UNet rows a call; more emotions than fit go into further batches with the same result. Default 16. At least one emotion is always taken.</summary>
    public int MaxBatchRows { get; init; } = 16;

    /// <summary>
    /// Leaves an edit out where the source already evokes its emotion: where its zero-shot probability by the model folder's CLIP is above this. Default null: every edit is made.
    /// </summary>
    public double? SkipIfAlready { get; init; }

    /// <summary>The paper's text: M_E enters Refine. These are the defaults.</summary>
    public static MoodifierOptions Paper { get; } = new();

    /// <summary>What the authors' code computes: M_E only in the blend, w_s = 0.6, mutual branch as base, no pixel composite.</summary>
    public static MoodifierOptions Official { get; } = new()
    {
        Kappa = 0,
        GuidanceSource = 0.6,
        BlendBase = BlendBase.Mutual,
        PixelComposite = false,
        KeepSourceUnconditional = true,
    };

    /// <summary>These options with the settings of an inversion's authors: defaults of whoever names the inversion.</summary>
    /// <exception cref="DiffusionException">There is no such inversion.</exception>
    public MoodifierOptions For(string inversion)
    {
        InversionTraits traits = Inversions.Get(inversion).Traits;
        return traits.SharedNoise ? this with { Inversion = inversion } : this with
        {
            Inversion = inversion,
            Steps = traits.Steps,
            Timesteps = traits.Timesteps,
            StepsOffset = traits.StepsOffset,
            GuidanceSource = traits.GuidanceSource,
            GuidanceTarget = traits.GuidanceTarget,
            BlendBase = BlendBase.Source,
            RefineFrom = RefineFrom.Source,
            KeepSourceUnconditional = false,
        };
    }

    /// <summary>Whether mutual branches are computed: only where something reads them.</summary>
    public bool NeedsMutual => BlendBase == BlendBase.Mutual || (RefineFrom == RefineFrom.Mutual && CrossReplaceUntil > 0);

    /// <summary>The timestep list of these options.</summary>
    public TimestepPlan TimestepPlan => new(Steps, Timesteps, Strength, OriginalSteps, StepsOffset);

    /// <exception cref="EditException">A value is out of range.</exception>
    internal void Check()
    {
        EditException.Require(GuidanceSource >= 0 && GuidanceTarget >= 0 && double.IsFinite(GuidanceSource + GuidanceTarget), "guidance scales must be finite and not negative");
        EditException.Require(Eta is >= 0 and <= 1 && Kappa is >= 0 and <= 1, "eta and kappa must lie in [0, 1]");
        EditException.Require(CrossReplaceUntil is >= 0 and <= 1 && SelfReplaceUntil is >= 0 and <= 1, "crossReplaceUntil and selfReplaceUntil must lie in [0, 1]");
        EditException.Require(BlendLow >= 0 && BlendLow < BlendHigh && BlendHigh <= 1, "blendLow and blendHigh must satisfy 0 <= low < high <= 1");
        EditException.Require((LongSide ?? 16) is >= 16 and <= 4096 && (MinLongSide ?? 1) is >= 1 and <= 4096, "longSide must lie in 16..4096 and minLongSide in 1..4096 pixels");
        EditException.Require(SkipIfAlready is null or >= 0 and <= 1, "skipIfAlready must lie in [0, 1]");
        EditException.Require(SizeMultiple is >= 1 and <= 256 && MaxBatchRows is >= 1 and <= 4096, "sizeMultiple must lie in 1..256 and maxBatchRows in 1..4096");
        try
        {
            _ = TimestepPlan.Timesteps();
        }
        catch (DiffusionException e)
        {
            throw EditException.Options(e.Message);
        }

        EditException.Require(!StartFromNoise || TimestepPlan.Skipped == 0, "startFromNoise needs strength 1");
        CheckInversion();
    }

    private void CheckInversion()
    {
        try
        {
            IInversionFactory factory = Inversions.Get(Inversion);
            _ = factory.Normalise(MoodifierParams.Element(InversionParams));
            if (factory.Traits.SharedNoise)
            {
                return;
            }

            EditException.Require(Timesteps == TimestepRule.Leading && TimestepPlan.Skipped == 0, $"inversion {Inversion} needs timesteps leading and strength 1");
            EditException.Require(Eta == 1 && !StartFromNoise, $"eta and startFromNoise belong to virtual inversion, not to {Inversion}");
            EditException.Require(!NeedsMutual, $"inversion {Inversion} has no layout branch: blendBase and refineFrom must be src");
            EditException.Require(!factory.Traits.Optimises || GuidanceSource != 1, $"inversion {Inversion} learns how to follow the picture under guidance: guidanceSource must not be 1 (its authors use {factory.Traits.GuidanceSource})");
        }
        catch (DiffusionException e)
        {
            throw EditException.Options(e.Message);
        }
    }
}
