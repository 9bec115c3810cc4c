using FsCheck;
using FsCheck.Fluent;
using Pipeline.Diffusion.Noise;
using Pipeline.TestKit;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

public sealed class NoiseTests
{
    [Theory]
    [InlineData(0UL, 0UL, 0UL, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x299f31d0a4093822UL, 0x85a308d3243f6a88UL, 0x0370734413198a2eUL, 0xd16cfe09u, 0x94fdcceb, 0x5001e420u, 0x24126ea1u)]
    public void Philox_gives_the_published_known_answers(ulong key, ulong low, ulong high, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox4x32.Block(key, low, high));

    // Reference values: Python 3 statistics.NormalDist().inv_cdf.
    [Theory]
    [InlineData(1e-300, -37.0470962993612)]
    [InlineData(1e-20, -9.262340089798405)]
    [InlineData(1e-09, -5.9978070150076865)]
    [InlineData(0.001, -3.090232306167813)]
    [InlineData(0.02425, -1.9729610513118845)]
    [InlineData(0.075, -1.4395314709384557)]
    [InlineData(0.3, -0.5244005127080407)]
    [InlineData(0.5, 0.0)]
    [InlineData(0.9, 1.2815515655446008)]
    [InlineData(0.999999, 4.753424308817089)]
    public void The_normal_quantile_agrees_with_an_independent_implementation(double probability, double expected) =>
        Assert.Equal(expected, NormalQuantile.Of(probability), 4e-15 * Math.Max(1, Math.Abs(expected)));

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(double.NaN)]
    public void The_normal_quantile_refuses_what_is_no_probability(double value) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalQuantile.Of(value));

    // Computed by an independent implementation (Python: hashlib, own Philox, statistics.NormalDist). These values must never change: stored artefacts depend on them.
    [Fact]
    public void Noise_of_a_seed_digest_and_purpose_is_fixed_for_ever() => Assert.Equal(
        new[] { 1.4870054721832275f, -2.5467662811279297f, -0.6337562799453735f, -0.16240093111991882f, -0.8477102518081665f, 0.7694302797307505f, -0.026905644685029984f, -0.48290422558784485f },
        new NoiseSource(1234, "00ff").Normal("test", 8));

    [Fact]
    public void A_shorter_draw_is_a_prefix_of_a_longer_one_and_draws_do_not_influence_each_other() =>
        Prop.ForAll(Gen.Choose(0, 200).ToArbitrary(), Gen.Choose(0, 200).ToArbitrary(), (a, b) =>
        {
            var source = new NoiseSource(9, "d");
            float[] first = source.Normal("p", Math.Min(a, b));
            _ = source.Normal("other", 17);
            return source.Normal("p", Math.Max(a, b)).Take(first.Length).SequenceEqual(first);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Seed_digest_and_purpose_each_change_the_noise()
    {
        float[][] draws =
        [
            new NoiseSource(1, "a").Normal("p", 4), new NoiseSource(2, "a").Normal("p", 4), new NoiseSource(1, "b").Normal("p", 4), new NoiseSource(1, "a").Normal("q", 4),
            new NoiseSource(1, "ap").Normal("p", 4), new NoiseSource(-1, "a").Normal("p", 4),
        ];
        Assert.Equal(draws.Length, draws.Select(d => d[0]).Distinct().Count());
    }

    [Fact]
    public void Noise_is_standard_normal()
    {
        float[] values = new NoiseSource(7, "abc").Normal("moments", 200_000);
        double mean = values.Average(v => (double)v), variance = values.Average(v => (double)v * v), fourth = values.Average(v => Math.Pow(v, 4));
        Assert.Equal(0, mean, 0.01);
        Assert.Equal(1, variance, 0.02);
        Assert.Equal(3, fourth, 0.12);
        Assert.Equal(0.8413, values.Count(v => v < 1) / (double)values.Length, 0.004);
        double lag = values.Zip(values.Skip(1), (x, y) => (double)x * y).Average();
        Assert.Equal(0, lag, 0.01);
    }

    [Fact]
    public void A_tensor_of_noise_holds_the_values_in_row_major_order_and_leaves_no_tensor_behind()
    {
        LiveTensors.AssertUnchangedBy(() =>
        {
            using (Tensor noise = new NoiseSource(1, "x").NormalTensor("p", [1, 2, 3, 4]))
            {
                Assert.Equal([1, 2, 3, 4], noise.shape);
                using TensorAccessor<float> values = noise.data<float>();
                Assert.Equal(new NoiseSource(1, "x").Normal("p", 24), values.ToArray());
            }
        });
    }
}
