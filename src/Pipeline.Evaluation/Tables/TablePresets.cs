using Pipeline.Evaluation.Metrics;

namespace Pipeline.Evaluation.Tables;

/// <summary>The published tables that an evaluation can be asked for by name.</summary>
public static class TablePresets
{
    private const string Background = MetricNames.UneditPart;

    private static readonly TableMethod s_ddim = new("DDIM + word swap", "ddim-word-swap"), s_sdedit = new("SDEdit", "sdedit"),
        s_nullText = new("Null-text + P2P", "prompt-to-prompt@inversion=null-text"), s_style = new("StyleDiffusion", "stylediffusion"), s_moodifier = new("Moodifier", "moodifier");

    /// <summary>All presets.</summary>
    public static IReadOnlyList<TablePreset> All { get; } = [StyleDiffusion2(), StyleDiffusion3(), Moodifier(), PieBench()];

    private static TablePreset StyleDiffusion2() => new(
        "stylediffusion-2",
        "StyleDiffusion (Li et al. 2023, arXiv 2303.15649), table 2",
        [s_ddim, s_sdedit, s_nullText, s_style],
        [new(MetricNames.StructureDistance, "Structure distance"), new(MetricNames.NsLpips, "NS-LPIPS", 1, 4), new(MetricNames.ClipScore, "CLIPScore", 100, 1)],
        [
            new(MetricNames.StructureDistance, s_style.Label, s_nullText.Label), new(MetricNames.StructureDistance, s_nullText.Label, s_sdedit.Label),
            new(MetricNames.StructureDistance, s_sdedit.Label, s_ddim.Label),
            new(MetricNames.NsLpips, s_style.Label, s_nullText.Label), new(MetricNames.NsLpips, s_nullText.Label, s_sdedit.Label), new(MetricNames.NsLpips, s_sdedit.Label, s_ddim.Label),
            new(MetricNames.ClipScore, s_ddim.Label, s_sdedit.Label), new(MetricNames.ClipScore, s_style.Label, s_nullText.Label),
        ])
    {
        Published = Values(
            (s_ddim, [(MetricNames.StructureDistance, 0.092), (MetricNames.NsLpips, 0.4131), (MetricNames.ClipScore, 81.9)]),
            (s_sdedit, [(MetricNames.StructureDistance, 0.046), (MetricNames.NsLpips, 0.2473), (MetricNames.ClipScore, 78.0)]),
            (s_nullText, [(MetricNames.StructureDistance, 0.027), (MetricNames.NsLpips, 0.1480), (MetricNames.ClipScore, 75.2)]),
            (s_style, [(MetricNames.StructureDistance, 0.026), (MetricNames.NsLpips, 0.1165), (MetricNames.ClipScore, 77.9)])),
    };

    // Reconstruction: every method is asked for the picture as it is.
    private static TablePreset StyleDiffusion3()
    {
        // Its trained values in every step: what the inversion itself brings back, not an edit that leaves them half-way.
        TableMethod style = new(s_style.Label, $"{s_style.Specification}@valueUntil=1");
        return new(
            "stylediffusion-3",
            "StyleDiffusion (Li et al. 2023, arXiv 2303.15649), table 3: reconstruction",
            [s_nullText, style],
            [new(MetricNames.Psnr, "PSNR"), new(MetricNames.Ssim, "SSIM")],
            [new(MetricNames.Psnr, style.Label, s_nullText.Label), new(MetricNames.Ssim, style.Label, s_nullText.Label)])
        {
            Reconstruction = true,
            Published = Values(
                (s_nullText, [(MetricNames.Psnr, 31.314), (MetricNames.Ssim, 0.730)]),
                (style, [(MetricNames.Psnr, 31.523), (MetricNames.Ssim, 0.751)])),
        };
    }

    // The paper names its measures; the part of it that is known here prints no numbers.
    private static TablePreset Moodifier() => new(
        "moodifier",
        "Moodifier: structure, background and emotion",
        [s_ddim, s_sdedit, s_nullText, s_style, s_moodifier],
        [
            new(MetricNames.StructureDistance, "Structure ×10³", 1e3, 2), new(MetricNames.Psnr + Background, "PSNR, background", 1, 2), new(MetricNames.Lpips + Background, "LPIPS, background ×10³", 1e3, 2),
            new(MetricNames.Mse + Background, "MSE, background ×10⁴", 1e4, 2), new(MetricNames.Ssim + Background, "SSIM, background ×10²", 1e2, 2), new(MetricNames.ClipTarget, "CLIP to P_E", 1, 2),
            new(MetricNames.EmotionProbability, "p(emotion)"),
        ],
        [
            new(MetricNames.StructureDistance, s_moodifier.Label, s_ddim.Label), new(MetricNames.Psnr + Background, s_moodifier.Label, s_ddim.Label), new(MetricNames.ClipTarget, s_moodifier.Label, s_ddim.Label),
        ]);

    private static TablePreset PieBench()
    {
        TableMethod ddim = new("DDIM + P2P", "prompt-to-prompt@inversion=ddim"), npi = new("NPI + P2P", "prompt-to-prompt@inversion=npi"), direct = new("Direct + P2P", "prompt-to-prompt@inversion=direct"),
            pixZero = new("DDIM + pix2pix-zero", "pix2pix-zero"), plug = new("DDIM + PnP", "plug-and-play"), infEdit = new("Virtual + UAC", "moodifier@inversion=virtual");
        return new(
            "pie",
            "PIE-Bench (Ju et al. 2023, arXiv 2310.01506)",
            [ddim, s_nullText, npi, s_style, direct, pixZero, plug, infEdit],
            [
                new(MetricNames.StructureDistancePie255, "Structure ×10³", 1e3, 2), new(MetricNames.Psnr + Background, "PSNR, background", 1, 2), new(MetricNames.Lpips + Background, "LPIPS, background ×10³", 1e3, 2),
                new(MetricNames.Mse + Background, "MSE, background ×10⁴", 1e4, 2), new(MetricNames.Ssim + Background, "SSIM, background ×10²", 1e2, 2), new(MetricNames.ClipTarget, "CLIP, whole", 1, 2),
                new(MetricNames.ClipTarget + MetricNames.EditPart, "CLIP, edited", 1, 2),
            ],
            [
                new(MetricNames.StructureDistancePie255, direct.Label, ddim.Label), new(MetricNames.StructureDistancePie255, s_nullText.Label, ddim.Label), new(MetricNames.StructureDistancePie255, npi.Label, ddim.Label),
                new(MetricNames.Psnr + Background, direct.Label, ddim.Label), new(MetricNames.Psnr + Background, infEdit.Label, ddim.Label), new(MetricNames.StructureDistancePie255, direct.Label, pixZero.Label),
            ])
        {
            Published = Values(
                (direct, [(MetricNames.StructureDistancePie255, 11.65), (MetricNames.Psnr + Background, 27.22), (MetricNames.Lpips + Background, 54.55), (MetricNames.ClipTarget, 25.02)]),
                (infEdit, [(MetricNames.StructureDistancePie255, 13.78), (MetricNames.Psnr + Background, 28.51), (MetricNames.Lpips + Background, 47.58), (MetricNames.ClipTarget, 25.03)])),
        };
    }

    private static Dictionary<(string, string), double> Values(params (TableMethod Method, (string Metric, double Value)[] Values)[] rows) =>
        rows.SelectMany(r => r.Values.Select(v => ((r.Method.Label, v.Metric), v.Value))).ToDictionary(v => v.Item1, v => v.Value);
}
