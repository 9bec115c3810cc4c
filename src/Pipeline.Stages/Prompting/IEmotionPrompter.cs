using Pipeline.Imaging;
using Pipeline.Methods.Emotions;

namespace Pipeline.Stages.Prompting;

/// <summary>Finds prompts and regions for the emotions of a picture.</summary>
public interface IEmotionPrompter
{
    /// <summary>One result per emotion, in order; each as if it were asked for alone.</summary>
    IReadOnlyList<PromptResult> Prompt(RgbImage picture, IReadOnlyList<Emotion> emotions, GivenPrompts given, CancellationToken cancellation);
}
