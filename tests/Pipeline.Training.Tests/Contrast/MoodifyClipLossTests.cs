using Pipeline.TestKit;
using Pipeline.Training.Contrast;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Contrast;

/// <summary>The four contrasts of MoodifyCLIP on vectors of their own, without a network.</summary>
public sealed class MoodifyClipLossTests
{
    private const int Width = 8;

    [Fact]
    public void No_gradient_goes_through_the_transport_plan()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor cosines = (Drawn(2, 5, 3) * 0.5).detach().requires_grad_(true);
        TransportScore.Compute(cosines).sum().backward();
        Assert.Equal(Values(TransportScore.Plan(cosines)), Values(cosines.grad!));      // d(sum of plan x cosine) is the plan, a constant
        Assert.False(TransportScore.Plan(cosines).requires_grad);
    }

    [Fact]
    public void Every_picture_is_scored_with_every_text_as_if_there_were_no_others()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor patches = Unit(Drawn(3, 6, Width)), sentences = Unit(Drawn(2, 3, Width));
        Tensor scores = MoodifyClipLoss.Scores(patches, sentences);
        Assert.Equal([3L, 2L], scores.shape);
        for (int picture = 0; picture < 3; picture++)
        {
            for (int text = 0; text < 2; text++)
            {
                double alone = TransportScore.Compute(patches[picture].matmul(sentences[text].transpose(0, 1))).ToDouble();
                Assert.Equal(alone, scores[picture, text].ToDouble(), 0.005);           // Sinkhorn stops for a whole batch at once
            }
        }
    }

    [Fact]
    public void A_batch_of_no_more_than_32_pictures_keeps_all_its_components()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor few = Drawn(PrincipalComponents.Kept, 64), more = Drawn(PrincipalComponents.Kept + 1, 64);
        Assert.Equal(Values(few), Values(PrincipalComponents.Project(few)));
        Tensor projected = PrincipalComponents.Project(more, 5);
        Assert.Equal(5, linalg.matrix_rank(projected - projected.mean([0], true), 1e-4).ToInt32());
        AssertClose(projected.mean([0]), more.mean([0]), 1e-5);
        AssertClose(PrincipalComponents.Project(projected, 5), projected, 1e-4);        // what is left stays
        AssertClose(PrincipalComponents.Project(more[TensorIndex.Colon, TensorIndex.Slice(0, 16)]), more[TensorIndex.Colon, TensorIndex.Slice(0, 16)], 1e-5); // no more than 32 directions at all
    }

    [Fact]
    public void The_first_component_is_the_direction_of_the_largest_spread()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor points = tensor((double[])[5, 1, 3, 2, 5, 3, 7, 2], [4, 2]);             // mean (5, 2), spread 2 along x and 1 along y
        Assert.Equal([5, 2, 3, 2, 5, 2, 7, 2], PrincipalComponents.Project(points, 1).flatten().data<double>().ToArray().Select(v => Math.Round(v, 9)));
    }

    [Fact]
    public void Smoothing_is_the_engines_own_where_no_words_are_the_same_and_never_asks_for_pairs_that_do_not_count()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = Drawn(4, 4) * 3.0, own = arange(4), none = SameWords.Penalty(["a", "b", "c", "d"]), two = SameWords.Penalty(["a", "b", "a", "d"]);
        Assert.Equal(nn.functional.cross_entropy(logits, own, label_smoothing: 0.1).ToDouble(), ContrastiveLoss.OneWay(logits, none, 0.1).ToDouble(), 5);
        Assert.Equal(ContrastiveLoss.Both(logits, null, 0.1).ToDouble(), ContrastiveLoss.Both(logits, none, 0.1).ToDouble(), 5);
        Assert.Equal(ContrastiveLoss.Both(logits, null).ToDouble(), ContrastiveLoss.Both(logits, none).ToDouble(), 5);

        // The pair (0, 2) may have any logit.
        Tensor changed = logits.clone();
        changed[0, 2] = tensor(7f);
        changed[2, 0] = tensor(-7f);
        Assert.Equal(ContrastiveLoss.Both(logits, two, 0.1).ToDouble(), ContrastiveLoss.Both(changed, two, 0.1).ToDouble(), 5);
        Assert.InRange(ContrastiveLoss.Both(logits, two, 0.1).ToDouble(), 0, 10);
    }

    [Fact]
    public void The_total_is_the_weighted_sum_of_the_four_and_one_without_weight_is_left_out()
    {
        using DisposeScope scope = NewDisposeScope();
        (MoodifyFeatures features, MoodAnnotation[] said) = Batch(4);
        Tensor scale = tensor(10f);
        LossTerms all = new MoodifyClipLoss(new MoodifyClipOptions()).Compute(features, said, scale);
        Assert.Equal(["full", "summary", "fine_grained", "transport"], all.Parts.Select(p => p.Name));
        Assert.Equal(all.Parts.Sum(p => p.Value.ToDouble()), all.Total.ToDouble(), 4);
        LossTerms some = new MoodifyClipLoss(new MoodifyClipOptions { Summary = 0, FineGrained = 2, Transport = 0.5 }).Compute(features, said, scale);
        Assert.Equal(["full", "fine_grained", "transport"], some.Parts.Select(p => p.Name));
        double[] parts = [.. all.Parts.Select(p => p.Value.ToDouble())];
        Assert.Equal(parts[0] + (2 * parts[2]) + (0.5 * parts[3]), some.Total.ToDouble(), 4);
    }

    [Fact]
    public void Each_of_the_four_is_what_its_formula_says()
    {
        using DisposeScope scope = NewDisposeScope();
        (MoodifyFeatures f, MoodAnnotation[] said) = Batch(4);
        Tensor scale = tensor(10f), own = arange(4);
        Tensor Global(Tensor texts, double smoothing)
        {
            Tensor logits = f.Images.matmul(texts.transpose(0, 1)) * scale;
            return (nn.functional.cross_entropy(logits, own, label_smoothing: smoothing) + nn.functional.cross_entropy(logits.transpose(0, 1), own, label_smoothing: smoothing)) / 2.0;
        }

        Dictionary<string, double> parts = new MoodifyClipLoss(new MoodifyClipOptions()).Compute(f, said, scale).Parts.ToDictionary(p => p.Name, p => p.Value.ToDouble());
        Assert.Equal(Global(f.Full, 0.1).ToDouble(), parts["full"], 4);
        Assert.Equal(Global(Unit(f.Sentences.select(1, 0) + f.Sentences.select(1, 4)), 0.1).ToDouble(), parts["summary"], 4);
        Tensor stimuli = f.Sentences.narrow(1, 1, 3);
        Assert.Equal(FineGrainedLoss.Compute(stimuli, f.Patches, scale).ToDouble(), parts["fine_grained"], 4);
        Assert.Equal(nn.functional.cross_entropy(MoodifyClipLoss.Scores(f.Patches, stimuli) * scale, own).ToDouble(), parts["transport"], 4);  // pictures look for texts, not the other way
    }

    [Fact]
    public void Sentences_of_the_same_words_are_not_each_others_negatives()
    {
        using DisposeScope scope = NewDisposeScope();
        (MoodifyFeatures f, MoodAnnotation[] said) = Batch(2);
        Tensor same = f.Sentences.clone();
        same[1, 2] = same[0, 2];
        MoodAnnotation[] equal = [said[0], said[1] with { Stimuli = [said[1].Stimuli[0], said[0].Stimuli[1], said[1].Stimuli[2]] }];
        double FineGrained(MoodAnnotation[] texts) =>
            new MoodifyClipLoss(new MoodifyClipOptions()).Compute(f with { Sentences = same }, texts, tensor(10f)).Parts.Single(p => p.Name == "fine_grained").Value.ToDouble();
        Assert.True(FineGrained(equal) < FineGrained(said), "the pair still counts");
    }

    [Fact]
    public void Gradients_reach_every_feature_and_no_tensor_is_left_behind() => LiveTensors.AssertUnchangedBy(() =>
    {
        using DisposeScope scope = NewDisposeScope();
        (MoodifyFeatures drawn, MoodAnnotation[] said) = Batch(PrincipalComponents.Kept + 2);
        MoodifyFeatures f = new(Leaf(drawn.Images), Leaf(drawn.Patches), Leaf(drawn.Full), Leaf(drawn.Sentences));
        new MoodifyClipLoss(new MoodifyClipOptions()).Compute(f, said, tensor(10f)).Total.backward();
        Assert.All([f.Images, f.Patches, f.Full, f.Sentences], t => Assert.True(t.grad is { } g && double.IsFinite(g.abs().max().ToDouble()) && g.abs().max().ToDouble() > 0));
        foreach (Tensor t in new[] { f.Images, f.Patches, f.Full, f.Sentences })
        {
            t.grad!.Dispose();
        }
    });

    private static (MoodifyFeatures, MoodAnnotation[]) Batch(int count) => (
        new MoodifyFeatures(Unit(Drawn(count, Width)), Unit(Drawn(count, 7, Width)), Unit(Drawn(count, Width)), Unit(Drawn(count, 5, Width))),
        [.. Enumerable.Range(0, count).Select(i => new MoodAnnotation($"s{i}", [$"a{i}", $"b{i}", $"c{i}"], $"o{i}", null))]);

    private static Tensor Leaf(Tensor value) => value.detach().clone().requires_grad_(true);

    private static Tensor Drawn(params long[] shape)
    {
        using Generator generator = new((ulong)shape.Aggregate(7L, (a, b) => (a * 31) + b));
        return empty(shape).normal_(0, 1, generator);
    }

    private static Tensor Unit(Tensor x) => x / x.norm(-1, true);

    private static float[] Values(Tensor x) => x.detach().contiguous().flatten().data<float>().ToArray();

    private static void AssertClose(Tensor a, Tensor b, double tolerance) => Assert.InRange((a - b).abs().max().ToDouble(), 0, tolerance);
}
