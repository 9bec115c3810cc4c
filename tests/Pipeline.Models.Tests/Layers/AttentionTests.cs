using Pipeline.Models.Layers;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Layers;

public sealed class AttentionTests
{
    [Theory]
    [InlineData(1, 1, 1, 1, 4)]
    [InlineData(2, 3, 7, 5, 4)]
    [InlineData(1, 2, 300, 77, 8)]
    public void Output_is_the_formula(long batch, long heads, long queries, long keys, long size)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = randn(batch, heads, queries, size), k = randn(batch, heads, keys, size), v = randn(batch, heads, keys, size + 1);
        Tensor mask = randn(queries, keys);
        Tensor expected = (q.to(ScalarType.Float64).matmul(k.to(ScalarType.Float64).transpose(-2, -1)) * 0.3 + mask).softmax(-1).matmul(v.to(ScalarType.Float64));
        Tensor actual = ScaledDotProductAttention.Compute(q, k, v, mask, 0.3);
        Assert.Equal([batch, heads, queries, size + 1], actual.shape);
        Assert.True(Distance(expected, actual) < 1e-5);
    }

    [Fact]
    public void Blocks_of_queries_give_what_one_piece_gives()
    {
        using DisposeScope scope = NewDisposeScope();
        // 2 x 4 x 2304 x 2304 scores are more than one block; masks of every broadcast form.
        Tensor q = randn(2, 4, 2304, 8), k = randn(2, 4, 2304, 8), v = randn(2, 4, 2304, 8);
        foreach (Tensor? mask in new[] { null, randn(2304), randn(1, 2304), randn(2304, 2304), randn(2, 1, 1, 2304), randn(2, 1, 2304, 2304) })
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor expected = ScaledDotProductAttention.Probabilities(q, k, mask, 0.35).matmul(v);
            Assert.True(Distance(expected, ScaledDotProductAttention.Compute(q, k, v, mask, 0.35)) < 1e-5);
        }
    }

    [Fact]
    public void Probabilities_sum_to_one_and_a_fully_masked_row_is_uniform()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = randn(1, 1, 3, 4), k = randn(1, 1, 5, 4);
        Tensor mask = full([3, 5], float.MinValue);
        Tensor map = ScaledDotProductAttention.Probabilities(q, k, mask, 0.5);
        Assert.True(Distance(map.sum(-1), ones(1, 1, 3)) < 1e-6);
        Assert.False(map.isnan().any().item<bool>());
    }

    [Fact]
    public void Gradients_reach_queries_keys_and_values()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = randn([1, 2, 5, 4], requires_grad: true), k = randn([1, 2, 6, 4], requires_grad: true), v = randn([1, 2, 6, 4], requires_grad: true);
        ScaledDotProductAttention.Compute(q, k, v, null, 0.5).square().sum().backward();
        Assert.All(new[] { q, k, v }, t => Assert.True(t.grad.abs().sum().item<float>() > 0));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using Tensor q = randn(1, 2, 5, 4), k = randn(1, 2, 6, 4);
        long before = LiveTensors.Settled();
        ScaledDotProductAttention.Compute(q, k, k, null, 0.5).Dispose();
        ScaledDotProductAttention.Probabilities(q, k, null, 0.5).Dispose();
        LiveTensors.AssertBackTo(before);
    }

    [Fact]
    public void Blocks_leave_no_tensor_behind_and_pass_gradients()
    {
        using Tensor q = randn([1, 2, 1500, 4], requires_grad: true), mask = randn(1500, 1500);
        using Tensor plain = q.detach();
        long before = LiveTensors.Settled();
        ScaledDotProductAttention.Compute(plain, plain, plain, mask, 0.5).Dispose();
        LiveTensors.AssertBackTo(before);
        using DisposeScope scope = NewDisposeScope();
        ScaledDotProductAttention.Compute(q, plain, plain, mask, 0.5).square().sum().backward();
        Tensor inBlocks = q.grad.clone();
        q.grad.zero_();
        ScaledDotProductAttention.Probabilities(q, plain, mask, 0.5).matmul(plain).square().sum().backward();
        Assert.True(Distance(q.grad, inBlocks) < 1e-4);
    }

    private static double Distance(Tensor a, Tensor b) => (a.to(ScalarType.Float64) - b.to(ScalarType.Float64)).abs().max().item<double>();
}
