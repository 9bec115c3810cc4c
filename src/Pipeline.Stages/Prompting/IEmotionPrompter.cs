using Pipeline.Imaging;
using Pipeline.Methods.Emotions;

namespace Pipeline.Stages.Prompting;

/// <summary>Finds prompts and regions for the emotions of a picture.</summary>
public interface IEmotionPrompter
{
    /// <summary>One result per emotion, in order; each as if it were asked for alone.</summary>
    /// <param name="picture">The source.</param>
    /// <param name="emotions">Wanted emotions.</param>
    /// <param name="given">What the job line has decided already.</param>
    /// <param name="seed">Seed of sampled answers; without effect where answers are not sampled.</param>
    /// <param name="cancellation">Ends the asking.</param>
    IReadOnlyList<PromptResult> Prompt(RgbImage picture, IReadOnlyList<Emotion> emotions, GivenPrompts given, ulong seed, CancellationToken cancellation);
}
