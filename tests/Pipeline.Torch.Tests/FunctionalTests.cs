using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Pipeline.Torch.Tests;

/// <summary>Functions of networks against their definitions, written out with plain arithmetic.</summary>
public sealed class FunctionalTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 0, 1, 1)]
    [InlineData(1, 2, 2, 1)]
    [InlineData(2, 1, 1, 2)]
    public void A_convolution_is_the_sum_over_its_window(long stride, long padding, long dilation, long groups)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn([1, 4, 7, 6], ScalarType.Float64);
        Tensor w = randn([2, 4 / groups, 3, 3], ScalarType.Float64);
        Tensor b = randn([2], ScalarType.Float64);
        Tensor y = F.conv2d(x, w, b, [stride, stride], [padding, padding], [dilation, dilation], groups);
        (double[,,,] xs, double[,,,] ws) = (Array4(x), Array4(w));
        double[,,,] ys = Array4(y);
        for (int o = 0; o < 2; o++)
        {
            for (int i = 0; i < ys.GetLength(2); i++)
            {
                for (int j = 0; j < ys.GetLength(3); j++)
                {
                    double sum = b[o].ToDouble();
                    for (int c = 0; c < ws.GetLength(1); c++)
                    {
                        for (int k = 0; k < 9; k++)
                        {
                            long row = (i * stride) - padding + (k / 3 * dilation);
                            long column = (j * stride) - padding + (k % 3 * dilation);
                            if (row >= 0 && row < 7 && column >= 0 && column < 6)
                            {
                                sum += xs[0, (groups == 2 ? o * 2 : 0) + c, row, column] * ws[o, c, k / 3, k % 3];
                            }
                        }
                    }

                    Assert.Equal(sum, ys[0, o, i, j], 10);
                }
            }
        }
    }

    [Fact]
    public void Group_norm_gives_each_group_mean_0_and_variance_1()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = (randn([2, 6, 3, 3], ScalarType.Float64) * 5) + 2;
        Tensor groups = F.group_norm(x, 3, null, null, 0).view(2, 3, 18);
        Assert.True(groups.mean([2]).abs().max().ToDouble() < 1e-12);
        Assert.True((groups.var(2, false) - 1).abs().max().ToDouble() < 1e-12);
        Tensor scaled = F.group_norm(x, 3, full([6], 2.0, ScalarType.Float64), full([6], 1.0, ScalarType.Float64), 0);
        Assert.True(scaled.allclose((groups.view(2, 6, 3, 3) * 2) + 1));
    }

    [Fact]
    public void Attention_is_the_softmax_of_the_products()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor q = randn([2, 3, 5, 8], ScalarType.Float64);
        Tensor k = randn([2, 3, 7, 8], ScalarType.Float64);
        Tensor v = randn([2, 3, 7, 8], ScalarType.Float64);
        Tensor mask = randn([5, 7], ScalarType.Float64);
        Tensor expected = ((q.matmul(k.transpose(-2, -1)) / Math.Sqrt(8)) + mask).softmax(-1).matmul(v);
        Assert.True(F.scaled_dot_product_attention(q, k, v, mask).allclose(expected));
        Tensor lower = ones([5, 5], ScalarType.Bool).tril();
        Tensor self = (q.matmul(q.transpose(-2, -1)) / Math.Sqrt(8)).masked_fill(lower.logical_not(), double.NegativeInfinity).softmax(-1).matmul(q);
        Assert.True(F.scaled_dot_product_attention(q, q, q, null, 0, true).allclose(self));
    }

    [Fact]
    public void Activations_have_their_formulas()
    {
        using DisposeScope scope = NewDisposeScope();
        double[] xs = [-3, -0.5, 0, 0.1, 2.5];
        Tensor x = tensor(xs);
        Check(F.silu(x), v => v / (1 + Math.Exp(-v)));
        Check(F.gelu(x, GELU.Approximate.tanh), v => 0.5 * v * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + (0.044715 * v * v * v)))));
        Check(F.leaky_relu(x, 0.2), v => v < 0 ? 0.2 * v : v);
        Check(F.softplus(x), v => Math.Log(1 + Math.Exp(v)));
        Check(F.elu(x, 1), v => v < 0 ? Math.Exp(v) - 1 : v);
        Check(F.hardtanh(x, -1, 1), v => Math.Clamp(v, -1, 1));
        Check(x.sigmoid(), v => 1 / (1 + Math.Exp(-v)));
        Tensor inPlace = x.clone();
        Tensor result = F.relu(inPlace, true);
        Check(inPlace, v => Math.Max(v, 0));
        Check(result, v => Math.Max(v, 0));

        void Check(Tensor actual, Func<double, double> formula)
        {
            double[] values = actual.data<double>().ToArray();
            for (int k = 0; k < xs.Length; k++)
            {
                Assert.Equal(formula(xs[k]), values[k], 12);
            }
        }
    }

    [Fact]
    public void Exact_gelu_is_the_normal_distribution_times_x()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = linspace(-4, 4, 33, ScalarType.Float64);
        Assert.True(F.gelu(x).allclose(0.5 * x * (1 + (x / Math.Sqrt(2)).erf())));
    }

    [Fact]
    public void Resampling_keeps_constants_and_hits_sizes()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor constant = full([1, 2, 5, 4], 3.0);
        foreach (InterpolationMode mode in new[] { InterpolationMode.Nearest, InterpolationMode.Bilinear, InterpolationMode.Bicubic, InterpolationMode.Area, InterpolationMode.NearestExact })
        {
            Tensor resized = F.interpolate(constant, [8, 3], null, mode);
            Assert.Equal([1, 2, 8, 3], resized.shape);
            Assert.True((resized - 3).abs().max().ToDouble() < 1e-5, mode.ToString());
        }

        Tensor ramp = arange(0, 4, 1, ScalarType.Float32).view(1, 1, 1, 4);
        Assert.Equal([0f, 0.25f, 0.75f, 1.25f, 1.75f, 2.25f, 2.75f, 3f], F.interpolate(ramp, [1, 8], null, InterpolationMode.Bilinear).data<float>().ToArray());
        Assert.Equal([0f, 0f, 1f, 1f, 2f, 2f, 3f, 3f], F.interpolate(ramp, null, [1, 2]).data<float>().ToArray());
        Assert.Equal([1, 1, 2, 8], F.interpolate(ramp, null, [2]).shape);
        Tensor wide = F.interpolate(constant.half(), [3, 3], null, InterpolationMode.Bicubic, false, false, true);
        Assert.Equal(ScalarType.Float16, wide.dtype);
        Assert.Throws<ArgumentException>(() => F.interpolate(ramp));
    }

    [Fact]
    public void Bicubic_by_a_factor_uses_that_factor_and_by_a_size_the_ratio_of_sizes()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = randn([1, 1, 5, 5], ScalarType.Float64);
        const double factor = 1.5; // 5 → 7, ratio of sizes 7 / 5
        Tensor byFactor = F.interpolate(x, null, [factor, factor], InterpolationMode.Bicubic, false);
        Tensor bySize = F.interpolate(x, [7, 7], null, InterpolationMode.Bicubic, false);
        Assert.True(byFactor.allclose(Cubic(x, 7, 1 / factor)));
        Assert.True(bySize.allclose(Cubic(x, 7, 5.0 / 7)));
        Assert.False(byFactor.allclose(bySize));
        Assert.True(F.interpolate(x, null, [factor, factor], InterpolationMode.Bicubic, false, true).allclose(bySize));
    }

    [Fact]
    public void Padding_by_mode()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = arange(0, 4, 1, ScalarType.Float32).view(1, 1, 4);
        Assert.Equal([9f, 0f, 1f, 2f, 3f, 9f, 9f], F.pad(x, (1, 2), PaddingModes.Constant, 9).data<float>().ToArray());
        Assert.Equal([2f, 1f, 0f, 1f, 2f, 3f, 2f], F.pad(x, (2, 1), PaddingModes.Reflect).data<float>().ToArray());
        Assert.Equal([0f, 0f, 1f, 2f, 3f, 3f], F.pad(x, (1, 1), PaddingModes.Replicate).data<float>().ToArray());
        Assert.Equal([3f, 0f, 1f, 2f, 3f, 0f], F.pad(x, (1, 1), PaddingModes.Circular).data<float>().ToArray());
    }

    [Fact]
    public void Losses_have_their_formulas()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = tensor(new[] { 1.0, 2.0, 3.0 });
        Tensor b = tensor(new[] { 1.0, 0.0, 6.0 });
        Assert.Equal(13.0 / 3, F.mse_loss(a, b).ToDouble(), 12);
        Assert.Equal(5.0, F.l1_loss(a, b, nn.Reduction.Sum).ToDouble(), 12);
        Assert.Equal([0.0, 4.0, 9.0], F.mse_loss(a, b, nn.Reduction.None).data<double>().ToArray());
        Tensor logits = tensor(new[,] { { 1.0, 2.0, 0.5 } });
        double expected = Math.Log(Math.Exp(1) + Math.Exp(2) + Math.Exp(0.5)) - 2;
        Assert.Equal(expected, F.cross_entropy(logits, tensor(new long[] { 1 })).ToDouble(), 12);
        Assert.Equal(12 / Math.Sqrt(14 * 37.0) * 19 / 12, F.cosine_similarity(a, b, 0).ToDouble(), 12);
        Assert.Equal(1.0, F.normalize(a, 2, 0).norm().ToDouble(), 12);
    }

    [Fact]
    public void Einsum_gather_sort_and_the_like_agree_with_plain_arithmetic()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = randn([3, 4, 5], ScalarType.Float64);
        Tensor b = randn([3, 5, 2], ScalarType.Float64);
        Assert.True(einsum("bij,bjk->bik", a, b).allclose(a.bmm(b)));
        Assert.True(baddbmm(zeros([3, 4, 2], ScalarType.Float64), a, b, 0, 0.5f).allclose(a.bmm(b) * 0.5));
        (Tensor values, Tensor indices) = a.topk(2, -1);
        Assert.True(a.gather(-1, indices).equal(values).ToBoolean());
        (Tensor sorted, Tensor order) = a.sort(-1, true);
        Assert.True(sorted[TensorIndex.Ellipsis, ..2].equal(values).ToBoolean());
        Assert.True(a.gather(-1, order).equal(sorted).ToBoolean());
        Assert.True(a.cumsum(1)[.., -1].allclose(a.sum(1)));
        Assert.True(a.logsumexp(2).allclose(a.exp().sum(2).log()));
        Assert.True(where(a > 0, a, -a).allclose(a.abs()));
        Assert.True(cat([a, a], 1).roll(4, 1).equal(cat([a, a], 1)).ToBoolean());
        Assert.True(a.quantile(tensor(0.5, ScalarType.Float64), 2).allclose(sorted[TensorIndex.Ellipsis, 2]));
        Assert.Equal([0, 0, 1, 1], arange(2).repeat_interleave(2).data<long>().ToArray());
        (Tensor distinct, _, Tensor counts) = tensor(new long[] { 3, 1, 3 }).unique(return_counts: true);
        Assert.Equal([1, 3], distinct.data<long>().ToArray());
        Assert.Equal([1, 2], counts.data<long>().ToArray());
    }

    [Fact]
    public void A_product_with_a_beta_of_0_never_reads_what_was_in_memory()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = ones(2, 3, 3);
        for (int k = 0; k < 200; k++)
        {
            full([2, 3, 3], double.NaN, ScalarType.Float32).Dispose();
            using Tensor product = baddbmm(full([2, 3, 3], double.NaN, ScalarType.Float32), a, a, 0, 0.5f);
            Assert.Equal(1.5f, product.max().ToSingle());
        }
    }

    [Fact]
    public void Decompositions_put_together_give_the_matrix()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = randn([5, 3], ScalarType.Float64);
        (Tensor u, Tensor s, Tensor vh) = linalg.svd(a, false);
        Assert.True(u.matmul(diag(s)).matmul(vh).allclose(a));
        Tensor symmetric = a.t().matmul(a);
        (Tensor values, Tensor vectors) = linalg.eigh(symmetric);
        Assert.True(vectors.matmul(diag(values)).matmul(vectors.t()).allclose(symmetric));
        Assert.True(linalg.inv(symmetric).matmul(symmetric).allclose(eye(3, dtype: ScalarType.Float64), 1e-7, 1e-9));
        Assert.Equal(a.pow(2).sum().sqrt().ToDouble(), linalg.norm(a).ToDouble(), 12);
    }

    [Fact]
    public void Sampling_follows_the_weights()
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(5);
        Tensor drawn = multinomial(tensor(new[] { 0.0, 1.0, 3.0 }), 4000, true, random);
        double[] shares = [.. drawn.bincount(null, 3).data<long>().ToArray().Select(n => n / 4000.0)];
        Assert.Equal(0, shares[0]);
        Assert.InRange(shares[1], 0.22, 0.28);
    }

    // Keys' kernel with a = -0.75, on border-clamped samples, separable.
    private static Tensor Cubic(Tensor x, int size, double step)
    {
        Tensor weights = zeros([size, 5], ScalarType.Float64);
        for (int i = 0; i < size; i++)
        {
            double centre = ((i + 0.5) * step) - 0.5;
            long floor = (long)Math.Floor(centre);
            for (long k = floor - 1; k <= floor + 2; k++)
            {
                Tensor cell = weights[i, Math.Clamp(k, 0, 4)];
                cell.add_(Kernel(centre - k));
            }
        }

        return weights.matmul(x).matmul(weights.t());
    }

    private static double Kernel(double distance)
    {
        const double a = -0.75;
        double t = Math.Abs(distance);
        return t <= 1 ? ((((a + 2) * t) - (a + 3)) * t * t) + 1 : t < 2 ? a * (((((t - 5) * t) + 8) * t) - 4) : 0;
    }

    private static double[,,,] Array4(Tensor tensor) => (double[,,,])tensor.data<double>().ToNDArray();
}
