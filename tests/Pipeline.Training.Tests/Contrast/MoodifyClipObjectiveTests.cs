using System.Globalization;
using System.Text.Json;
using Pipeline.TestKit;
using Pipeline.Training.Contrast;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Contrast;

/// <summary>What MoodifyCLIP adds to CLIP's training, against double-precision vectors of an independent program.</summary>
public sealed class MoodifyClipObjectiveTests
{
    private static readonly JsonDocument Golden = JsonDocument.Parse(File.ReadAllText(Fixtures.Path("editing-golden.json")));

    [Fact]
    public void Stretched_positions_keep_the_first_and_interpolate_the_rest()
    {
        JsonElement golden = Golden.RootElement.GetProperty("pos_embed_stretch_ramp");
        using var scope = NewDisposeScope();
        double[] stretched = LongPositions.Stretch(arange(77, dtype: ScalarType.Float64).unsqueeze(1)).squeeze(1).data<double>().ToArray();
        Assert.Equal(golden.GetProperty("length").GetInt32(), stretched.Length);
        Assert.All(golden.GetProperty("probe").EnumerateObject(), p => Assert.Equal(p.Value.GetDouble(), stretched[int.Parse(p.Name, CultureInfo.InvariantCulture)], 12));
        Assert.Throws<ArgumentOutOfRangeException>(() => LongPositions.Stretch(zeros(20, 3)));
    }

    [Fact]
    public void Sentences_gather_their_patches_as_in_the_golden_vector()
    {
        JsonElement golden = Golden.RootElement.GetProperty("fg_loss");
        using var scope = NewDisposeScope();
        double half = Math.Sqrt(0.5);
        Tensor texts = tensor((double[])[1, 0, 0, 1], [1, 2, 2]), patches = tensor((double[])[1, 0, 0, 1, half, half], [1, 3, 2]);
        Assert.Equal(Matrix(golden, "grouped"), Rounded(FineGrainedLoss.Grouped(texts, patches), 6));
        Tensor scale = tensor(golden.GetProperty("logit_scale").GetDouble());
        Assert.Equal(golden.GetProperty("loss").GetDouble(), FineGrainedLoss.Compute(texts, patches, scale).ToDouble(), 9);
    }

    [Fact]
    public void A_sentence_of_one_sample_is_paired_with_its_own_patches_in_any_batch()
    {
        using var scope = NewDisposeScope();
        Tensor texts = Unit(tensor((double[])[1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0], [2, 2, 3])), patches = Unit(tensor((double[])[1, 0.1, 0, 0, 1, 0.2, 0.1, 0, 1, 1, 1, 0.1], [2, 2, 3]));
        Tensor both = FineGrainedLoss.Grouped(texts, patches);
        for (int s = 0; s < 2; s++)
        {
            Assert.Equal(Rounded(FineGrainedLoss.Grouped(texts.narrow(0, s, 1), patches.narrow(0, s, 1)), 9), Rounded(both.narrow(0, s, 1), 9));
        }
    }

    [Fact]
    public void The_transport_plan_and_its_score_are_those_of_the_golden_vector()
    {
        JsonElement golden = Golden.RootElement.GetProperty("sinkhorn");
        using var scope = NewDisposeScope();
        Tensor similarity = tensor(Matrix(golden, "sim"), [3, 2]);
        Tensor plan = TransportScore.Plan(similarity, golden.GetProperty("eps").GetDouble(), out int iterations);
        Assert.Equal(golden.GetProperty("iters").GetInt32(), iterations);
        Assert.All(Matrix(golden, "T").Zip(plan.flatten().data<double>().ToArray()), p => Assert.Equal(p.First, p.Second, 5));
        Assert.Equal(golden.GetProperty("score").GetDouble(), TransportScore.Compute(similarity).ToDouble(), 6);
        Assert.Equal(1, plan.sum().ToDouble(), 3);
        Assert.Equal([2L], TransportScore.Compute(stack([similarity, similarity])).shape);
    }

    [Fact]
    public void Objectives_leave_no_tensor_behind() => LiveTensors.AssertUnchangedBy(() =>
    {
        using var scope = NewDisposeScope();
        Tensor texts = Unit(rand(2, 3, 4)), patches = Unit(rand(2, 5, 4));
        _ = FineGrainedLoss.Compute(texts, patches, tensor(10f));
        _ = TransportScore.Compute(patches.matmul(texts.transpose(1, 2)));
        _ = LongPositions.Stretch(rand(30, 4));
    });

    private static Tensor Unit(Tensor x) => x / x.norm(-1, true);

    private static double[] Matrix(JsonElement golden, string name) => [.. golden.GetProperty(name).EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(v => v.GetDouble())];

    private static double[] Rounded(Tensor x, int digits) => [.. x.contiguous().flatten().data<double>().ToArray().Select(v => Math.Round(v, digits))];
}
