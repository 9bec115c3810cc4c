namespace Pipeline.Evaluation.Metrics;

/// <summary>Names of metrics in result records, tables and reports, and which direction is better.</summary>
public static class MetricNames
{
    /// <summary>Mean squared error over values in 0..1; lower is better.</summary>
    public const string Mse = "mse";

    /// <summary>Peak signal to noise ratio in dB; higher is better.</summary>
    public const string Psnr = "psnr";

    /// <summary>Structural similarity, at most 1; higher is better.</summary>
    public const string Ssim = "ssim";

    /// <summary>SSIM over every window, those that reach over the border included, as later versions of the common library count; higher is better. Only where it is asked for.</summary>
    public const string SsimFull = "ssim_full";

    /// <summary>Structure distance by self-similarity of DINO keys; lower is better.</summary>
    public const string StructureDistance = "structure_distance";

    /// <summary>The same with pixels of 0..255 fed as if they were 0..1, as PIE-Bench's published numbers were made; lower is better. Only where it is asked for.</summary>
    public const string StructureDistancePie255 = "structure_distance_pie255";

    /// <summary>Cosine of DINO's class tokens of both pictures (DreamBooth's protocol); higher is better.</summary>
    public const string Dino = "dino";

    /// <summary>Cosine of image and text embedding; higher is better.</summary>
    public const string ClipT = "clip_t";

    /// <summary>Cosine of two image embeddings; higher is better.</summary>
    public const string ClipI = "clip_i";

    /// <summary>100 max(cos, 0) of the edited picture and the target prompt; higher is better.</summary>
    public const string ClipTarget = "clip_target";

    /// <summary>2.5 max(cos, 0) of the edited picture and "A photo depicts" the target prompt (Hessel et al. 2021); higher is better.</summary>
    public const string ClipScore = "clip_score";

    /// <summary>Cosine of what changed in the picture and what changed in the prompt, as CLIP embeds them (Gal et al. 2022, StyleGAN-NADA, arXiv 2108.00946); higher is better.</summary>
    public const string ClipDirectional = "clip_directional";

    /// <summary>Learned perceptual distance (Zhang et al. 2018); lower is better.</summary>
    public const string Lpips = "lpips";

    /// <summary>LPIPS outside the region that the edited word attends to (StyleDiffusion); lower is better.</summary>
    public const string NsLpips = "ns_lpips";

    /// <summary>Forward passes of the UNet, a sample each; lower is better.</summary>
    public const string UnetForwards = "unet_forwards";

    /// <summary>1 when a classifier sees in the edited picture every class that the suite expects, and none that should be gone.</summary>
    public const string JudgeHit = "judge_hit";

    /// <summary>Suffix: compared with the picture as it should be, in place of the source.</summary>
    public const string Truth = "_truth";

    /// <summary>1 when the target emotion is the most probable one of the edited picture.</summary>
    public const string EmotionTop1 = "emo_top1";

    /// <summary>Probability of the target emotion.</summary>
    public const string EmotionProbability = "emo_prob";

    /// <summary>Probability of the target emotion, edited minus source.</summary>
    public const string EmotionGain = "emo_gain";

    /// <summary>Jensen-Shannon distance to the target emotion alone; lower is better.</summary>
    public const string EmotionDistance = "emo_dist";

    /// <summary>Emo-A: 1 when an image classifier's likeliest emotion of the edited picture is the wanted one; higher is better.</summary>
    public const string EmotionAccuracy = "emo_a";

    /// <summary>Emo-S: the wanted emotion's share by an image classifier, edited minus source; higher is better.</summary>
    public const string EmotionShift = "emo_s";

    /// <summary>Suffix: both pictures blackened inside the edited region, metric over the whole frame (PIE-Bench).</summary>
    public const string UneditPart = "_unedit_part";

    /// <summary>Suffix: both pictures blackened outside the edited region, metric over the whole frame (PIE-Bench).</summary>
    public const string EditPart = "_edit_part";

    /// <summary>Suffix behind a part: averaged over the part's own pixels only, so that values do not depend on its area.</summary>
    public const string Normalized = "_norm";

    /// <summary>Metrics that cost extra and are computed only where they are asked for by name.</summary>
    public static IReadOnlyList<string> OnRequest { get; } = [SsimFull, StructureDistancePie255];

    /// <summary>Metrics that are computed where nothing is said.</summary>
    public static IReadOnlyList<string> Usual { get; } =
    [
        Mse, Psnr, Ssim, StructureDistance, Dino, ClipT, ClipI, ClipTarget, ClipScore, ClipDirectional, Lpips, NsLpips,
        EmotionTop1, EmotionProbability, EmotionGain, EmotionDistance, EmotionAccuracy, EmotionShift,
    ];

    /// <summary>True when a smaller value of the metric is better; suffixes do not change the direction.</summary>
    public static bool LowerIsBetter(string metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        string[] falling = [Mse, StructureDistance, EmotionDistance, Lpips, NsLpips, UnetForwards];
        return falling.Any(name => metric == name || metric.StartsWith(name + "_", StringComparison.Ordinal));
    }
}
