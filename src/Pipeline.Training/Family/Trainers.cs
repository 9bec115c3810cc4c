using Pipeline.Training.Autoencoder;
using Pipeline.Training.Captioning;
using Pipeline.Training.Contrast;
using Pipeline.Training.Denoising;
using Pipeline.Training.Judging;
using Pipeline.Training.Language;
using Pipeline.Training.Perceptual;
using Pipeline.Training.SelfDistillation;

namespace Pipeline.Training.Family;

/// <summary>All trainers, in the order of help.</summary>
public static class Trainers
{
    /// <summary>The trainers; every name once.</summary>
    public static IReadOnlyList<Trainer> All { get; } =
    [
        new(AutoencoderTask.System, "Train the autoencoder.", () => AutoencoderRecipes.Full, () => AutoencoderRecipes.Smoke, AutoencoderRecipes.SmokeMargin, config => new AutoencoderTask(config)),
        new(DecoderTask.System, "Go on with the decoder of a trained autoencoder (--base vae=DIR); its latents stay valid.", () => AutoencoderRecipes.Decoder, () => AutoencoderRecipes.DecoderSmoke, AutoencoderRecipes.DecoderSmokeMargin, config => new DecoderTask(config), AutoencoderTask.System),
        new(ClipTask.System, "Train CLIP by contrast on groups of re-rendered scenes.", () => ClipRecipes.Full, () => ClipRecipes.Smoke, ClipRecipes.SmokeMargin, config => new ClipTask(config)),
        new(ClipRecipes.LongSystem, "Teach a trained CLIP's text tower long captions; its image tower stays (--base clip=DIR).", () => ClipRecipes.Long, () => ClipRecipes.LongSmoke, ClipRecipes.SmokeMargin, config => new ClipTask(config)),
        new(MoodifyClipTask.System, "Teach a trained CLIP captions of five sentences and what evokes emotions, as MoodifyCLIP does (--base clip=DIR).", () => MoodifyClipRecipes.Full, () => MoodifyClipRecipes.Smoke, MoodifyClipRecipes.SmokeMargin, config => new MoodifyClipTask(config), ClipTask.System),
        new(CaptionTask.System, "Train the captioner.", () => CaptionRecipes.Full, () => CaptionRecipes.Smoke, CaptionRecipes.SmokeMargin, config => new CaptionTask(config)),
        new(DinoTask.System, "Train the vision transformer of the structure metrics.", () => DinoRecipes.Full, () => DinoRecipes.Smoke, DinoRecipes.SmokeMargin, DinoTask.For),
        new(LpipsTask.System, "Train the perceptual distance.", () => LpipsRecipes.Full, () => LpipsRecipes.Smoke, LpipsRecipes.SmokeMargin, config => new LpipsTask(config)),
        new(JudgeTask.System, "Train the judge of edits on labels.", () => JudgeRecipes.Full, () => JudgeRecipes.Smoke, JudgeRecipes.SmokeMargin, config => new JudgeTask(config)),
        new(DiffusionTask.System, "Train the denoiser over a trained autoencoder and CLIP (--base vae=DIR --base clip=DIR).", () => DiffusionRecipes.Full, () => DiffusionRecipes.Smoke, DiffusionRecipes.SmokeMargin, config => new DiffusionTask(config), AutoencoderTask.System, ClipTask.System),
        new(LanguageTask.System, "Train the multimodal language model on the prompting step's questions.", () => LanguageRecipes.Full, () => LanguageRecipes.Smoke, LanguageRecipes.SmokeMargin, config => new LanguageTask(config)),
    ];
}
