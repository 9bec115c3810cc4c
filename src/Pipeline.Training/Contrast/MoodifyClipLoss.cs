using Pipeline.Models.Clip;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>The four contrasts of MoodifyCLIP and their weighted sum. Samples whose texts are the same words are not each other's negatives, in each contrast by the text that it is about.</summary>
/// <param name="options">Weights and smoothing; a contrast without weight is not computed.</param>
internal sealed class MoodifyClipLoss(MoodifyClipOptions options)
{
    /// <summary>The loss of a batch; the tensors are the caller's.</summary>
    /// <param name="features">Of the batch.</param>
    /// <param name="said">Its texts.</param>
    /// <param name="scale">Factor on cosines.</param>
    public LossTerms Compute(MoodifyFeatures features, IReadOnlyList<MoodAnnotation> said, Tensor scale)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = features.Images, stimuli = features.Sentences.narrow(1, 1, MoodAnnotation.StimulusCount);    // [N, D], [N, 3, D]
        (string Name, double Weight, Func<Tensor> Value)[] terms =
        [
            ("full", options.Full, () => Global(images, features.Full, scale, Penalty(said.Select(s => s.Full), images.device))),
            ("summary", options.Summary, () => Global(PrincipalComponents.Project(images), Summary(features.Sentences), scale, Penalty(said.Select(s => $"{s.Summary}\n{s.Overall}"), images.device))),
            ("fine_grained", options.FineGrained, () => FineGrainedLoss.Compute(stimuli, features.Patches, scale, Penalty(said.SelectMany(s => s.Stimuli), images.device))),
            ("transport", options.Transport, () => ContrastiveLoss.OneWay(Scores(features.Patches, stimuli) * scale, Penalty(said.Select(s => string.Join('\n', s.Stimuli)), images.device))),
        ];
        (string Name, Tensor Value, double Weight)[] computed = [.. terms.Where(t => t.Weight > 0).Select(t => (t.Name, t.Value(), t.Weight))];
        Tensor total = computed.Select(t => t.Value * t.Weight).Aggregate((a, b) => a + b);
        return new LossTerms(total.MoveToOuterDisposeScope(), [.. computed.Select(t => (t.Name, LossTerms.Part(t.Value)))]);
    }

    /// <summary>normalise(first + last sentence) [N, D] of all sentences [N, 5, D]; the caller's.</summary>
    internal static Tensor Summary(Tensor sentences)
    {
        using DisposeScope scope = NewDisposeScope();
        return ClipModel.UnitLength(sentences.select(1, 0) + sentences.select(1, sentences.shape[1] - 1)).MoveToOuterDisposeScope();
    }

    /// <summary>How well every picture's patches [N, P, D] fit every text's sentences [M, J, D]: [N, M], the caller's.</summary>
    internal static Tensor Scores(Tensor patches, Tensor sentences)
    {
        using DisposeScope scope = NewDisposeScope();
        (long n, long p, long width) = (patches.shape[0], patches.shape[1], patches.shape[2]);
        (long m, long j) = (sentences.shape[0], sentences.shape[1]);
        Tensor cosines = patches.reshape(-1, width).matmul(sentences.reshape(-1, width).transpose(0, 1));    // [N P, M J]
        return TransportScore.Compute(cosines.view(n, p, m, j).transpose(1, 2)).MoveToOuterDisposeScope();   // of [N, M, P, J]
    }

    private Tensor Global(Tensor images, Tensor texts, Tensor scale, Tensor penalty)
    {
        using DisposeScope scope = NewDisposeScope();
        return ContrastiveLoss.Both(images.matmul(texts.transpose(0, 1)) * scale, penalty, options.LabelSmoothing).MoveToOuterDisposeScope();
    }

    private static Tensor Penalty(IEnumerable<string> texts, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        return SameWords.Penalty([.. texts]).to(device).MoveToOuterDisposeScope();
    }
}
