using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Tests.Toys;
using Pipeline.TestKit;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static Pipeline.Diffusion.Tests.Toys.InversionToy;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class NullTextInversionTests : IDisposable
{
    private const double Guidance = 3;
    private readonly InversionToy toy = new();

    public void Dispose() => toy.Dispose();

    [Fact]
    public void Without_inner_steps_every_embedding_is_that_of_the_empty_prompt()
    {
        using var scope = NewDisposeScope();
        using InversionArtefact artefact = Inversion(new NullTextOptions { InnerSteps = 0 }).Compute(Latent(), Text("a cat"), PictureNoise);
        Tensor embeddings = artefact[NullTextInversion.EmbeddingsName];
        Assert.True(Same(embeddings, Text("").expand(Steps, -1, -1)));
        Assert.Equal(3 * Steps, toy.Model.Forwards); // the path, then both halves of each step once
    }

    [Fact]
    public void Losses_fall_within_a_step_at_a_small_rate()
    {
        using var scope = NewDisposeScope();
        var options = new NullTextOptions { LearningRate = 1e-3, StopBelow = 0, StopGrowth = 0, InnerSteps = 6 };
        using InversionArtefact artefact = Inversion(options).Compute(Latent(), Text("a cat"), PictureNoise);
        Tensor losses = artefact[NullTextInversion.LossesName]; // [N, K]
        Assert.Equal([Steps, 6], losses.shape);
        Assert.True((losses.narrow(1, 1, 5) <= losses.narrow(1, 0, 5)).all().ToBoolean());
    }

    [Fact]
    public void Where_the_empty_prompt_is_the_source_prompt_each_step_stops_at_its_first_check()
    {
        using var scope = NewDisposeScope();
        var model = new GentlePredictor(0);
        var inversion = new NullTextInversion(model, Schedule, Steps, Guidance, Text("a cat"), new NullTextOptions());
        using InversionArtefact artefact = inversion.Compute(Latent(), Text("a cat"), PictureNoise);
        Tensor run = artefact[NullTextInversion.LossesName].isnan().logical_not().sum(1L);
        Assert.True(run.eq(1L).all().ToBoolean());
        Assert.Equal(4 * Steps, model.Forwards);
    }

    [Fact]
    public void The_guided_source_comes_back_better_than_without_learning()
    {
        using var scope = NewDisposeScope();
        var model = new GentlePredictor(0.5);
        double Error(int inner)
        {
            var inversion = new NullTextInversion(model, Schedule, Steps, Guidance, Text(""), new NullTextOptions { InnerSteps = inner, LearningRate = 0.05 });
            using ISourceTrajectory trajectory = inversion.Prepare(Latent(), Text("a cat"), PictureNoise);
            using var batch = new EditBatch([new EditGroup(trajectory, [Source(Guidance)])]);
            return (new EditingLoop(model).Run(batch, null, null, CancellationToken.None)[0].Latents - Latent()).abs().mean().ToDouble();
        }

        (double plain, double learned) = (Error(0), Error(30));
        Assert.True(learned < 0.2 * plain, $"{learned} against {plain}");
    }

    [Fact]
    public void Pictures_optimised_together_get_what_they_get_alone_and_leave_the_batch_when_they_are_done()
    {
        using var scope = NewDisposeScope();
        var model = new GentlePredictor(0.5);
        var inversion = new NullTextInversion(model, Schedule, Steps, Guidance, Text(""), new NullTextOptions { StopBelow = 1e-3, LearningRate = 0.05 });
        string[] prompts = ["a cat", "a bird in rain", "a red car"];
        Tensor[] contexts = [.. prompts.Select(Text)];
        Tensor[] paths = [.. prompts.Select((p, i) => inversion.Path(Latent(i + 1), contexts[i]))];

        long before = model.Forwards;
        IReadOnlyList<InversionArtefact> together = inversion.Compute(paths, contexts);
        long batched = model.Forwards - before;
        before = model.Forwards;
        InversionArtefact[] alone = [.. prompts.Select((_, i) => inversion.Compute([paths[i]], [contexts[i]])[0])];

        Assert.Equal(model.Forwards - before, batched);
        long[] inner = [.. alone.Select(a => a[NullTextInversion.LossesName].isnan().logical_not().sum().ToInt64())];
        Assert.Equal(2 * 3 * Steps + inner.Sum(), batched);
        Assert.True(inner.Distinct().Count() == 3 && inner.Min() < Steps * 10, string.Join(", ", inner)); // they do stop early, at different times
        for (int i = 0; i < prompts.Length; i++)
        {
            Assert.True((together[i][NullTextInversion.EmbeddingsName] - alone[i][NullTextInversion.EmbeddingsName]).abs().max().ToDouble() < 1e-9);
            together[i].Dispose();
            alone[i].Dispose();
        }
    }

    [Fact]
    public void Targets_take_the_learned_text_unless_one_branch_alone_is_asked_for()
    {
        using var scope = NewDisposeScope();
        Tensor Both(bool single) => toy.Edit(Inversion(new NullTextOptions { InnerSteps = 3, SingleBranch = single }), Source(Guidance), Target(Guidance));
        (Tensor shared, Tensor own) = (Both(false), Both(true));
        Assert.True(Same(shared.narrow(0, 0, 1), own.narrow(0, 0, 1)));
        Assert.False(Same(shared.narrow(0, 1, 1), own.narrow(0, 1, 1)));
    }

    [Fact]
    public void Optimising_leaves_no_tensor_behind() => LiveTensors.AssertUnchangedBy(() =>
    {
        using var scope = NewDisposeScope();
        _ = toy.Edit(Inversion(new NullTextOptions { InnerSteps = 2 }), Source(Guidance), Target(Guidance));
    });

    private NullTextInversion Inversion(NullTextOptions options) => new(toy.Model, Schedule, Steps, Guidance, Text(""), options);
}
