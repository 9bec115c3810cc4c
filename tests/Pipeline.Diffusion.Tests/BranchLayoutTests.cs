using FsCheck;
using FsCheck.Fluent;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Guidance;
using Pipeline.TestKit;
using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class BranchLayoutTests
{
    [Fact]
    public void Unconditional_rows_come_first_and_scale_one_has_none()
    {
        var layout = new BranchLayout([Source(1), Target(0, 2), Target(1, 1), Target(2, 3)]);
        Assert.Equal(
            [new(1, GuidanceHalf.Unconditional), new(3, GuidanceHalf.Unconditional), .. Enumerable.Range(0, 4).Select(b => new BranchRow(b, GuidanceHalf.Conditional))],
            layout.Rows);
        Assert.Equal(-1, layout.Row(0, GuidanceHalf.Unconditional));
        Assert.Equal(2, layout.RowOrConditional(0, GuidanceHalf.Unconditional));
        Assert.Equal(1, layout.Row(3, GuidanceHalf.Unconditional));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(27)]
    public void K_targets_of_one_picture_cost_1_plus_2K_rows(int targets) =>
        Assert.Equal(1 + 2 * targets, new BranchLayout([Source(1), .. Enumerable.Range(0, targets).Select(i => Target(i, 2))]).Rows.Count);

    [Fact]
    public void Partners_are_found_within_the_group_only()
    {
        var layout = new BranchLayout([Source(1), Target(0, 2), Mutual(0), Source(1, 1), Target(0, 2, 1), Mutual(0, 1)]);
        Assert.Equal(0, layout.SourceOf(2));
        Assert.Equal(3, layout.SourceOf(5));
        Assert.Equal(4, layout.Partner(5, BranchKind.Target));
        Assert.Equal(2, layout.Partner(1, BranchKind.Mutual));
        Assert.Equal([1, 4], layout.Of(BranchKind.Target));
    }

    [Fact]
    public void Incomplete_or_doubled_groups_are_refused()
    {
        Assert.Throws<DiffusionException>(() => new BranchLayout([]));
        Assert.Throws<DiffusionException>(() => new BranchLayout([Target(0, 2)]));
        Assert.Throws<DiffusionException>(() => new BranchLayout([Source(1), Mutual(0)]));
        Assert.Throws<DiffusionException>(() => new BranchLayout([Source(1), Target(0, 2), Target(0, 2)]));
        Assert.Throws<DiffusionException>(() => new BranchLayout([Source(1) with { Target = 0 }]));
    }

    [Fact]
    public void Guidance_scale_one_and_zero_are_bit_exact()
    {
        using var scope = NewDisposeScope();
        (Tensor u, Tensor c) = (randn(1, 2, 3, 3), randn(1, 2, 3, 3));
        Assert.Equal(c.data<float>().ToArray(), ClassifierFreeGuidance.Mix(u, c, 1).data<float>().ToArray());
        Assert.Equal(u.data<float>().ToArray(), ClassifierFreeGuidance.Mix(u, c, 0).data<float>().ToArray());
    }

    [Fact]
    public void Guidance_is_affine_in_its_scale()
    {
        using var scope = NewDisposeScope();
        (Tensor u, Tensor c) = (randn(1, 2, 3, 3).to(ScalarType.Float64), randn(1, 2, 3, 3).to(ScalarType.Float64));
        Prop.ForAll(Gen.Choose(-80, 160).ToArbitrary(), Gen.Choose(-80, 160).ToArbitrary(), (a, b) =>
        {
            using var inner = NewDisposeScope();
            Tensor middle = ClassifierFreeGuidance.Mix(u, c, (a + b) / 20.0);
            Tensor mean = (ClassifierFreeGuidance.Mix(u, c, a / 10.0) + ClassifierFreeGuidance.Mix(u, c, b / 10.0)) * 0.5;
            return (middle - mean).abs().max().ToDouble() < 1e-12;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Half_precision_predictions_are_mixed_in_single_precision()
    {
        using var scope = NewDisposeScope();
        Tensor u = full([1, 1, 1, 1], 1.0).to(ScalarType.Float16), c = full([1, 1, 1, 1], 1.0009765625).to(ScalarType.Float16); // neighbours in fp16
        Tensor mixed = ClassifierFreeGuidance.Mix(u, c, 7.5);
        Assert.Equal(ScalarType.Float32, mixed.dtype);
        Assert.Equal(1 + 7.5 * 0.0009765625, mixed.ToDouble(), 7);
    }

    [Fact]
    public void Combining_mixes_each_branch_by_its_own_scale_and_leaves_no_tensor_behind()
    {
        var layout = new BranchLayout([Source(1), Target(0, 2), Target(1, 0.5)]);
        LiveTensors.AssertUnchangedBy(() =>
        {
            using (Tensor rows = tensor(new float[] { 10, 20, 1, 2, 3 }, [5, 1, 1, 1]))
            using (Tensor mixed = ClassifierFreeGuidance.Combine(layout, rows))
            {
                using TensorAccessor<float> values = mixed.data<float>();
                Assert.Equal([1, 10 + 2 * (2 - 10), 20 + 0.5f * (3 - 20)], values.ToArray());
            }
        });
    }

    private static Branch Source(double scale, int group = 0) => new(group, BranchKind.Source, -1, scale);

    private static Branch Target(int target, double scale, int group = 0) => new(group, BranchKind.Target, target, scale);

    private static Branch Mutual(int target, int group = 0) => new(group, BranchKind.Mutual, target, 1);
}
