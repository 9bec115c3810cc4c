using FsCheck;
using FsCheck.Fluent;
using Pipeline.Models.Generation;

namespace Pipeline.Models.Tests.Generation;

public sealed class TokenSamplerTests
{
    private static readonly float[] s_logits = [0.5f, 3.0f, 2.0f, -1.0f, 2.5f];

    [Fact]
    public void Top_one_is_the_largest_logit_whatever_the_draw() =>
        Prop.ForAll(Draws, uniform => TokenSampler.Choose(s_logits, new GenerationOptions { Temperature = 5, TopK = 1 }, uniform) == 1)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_tiny_temperature_is_greedy() =>
        Prop.ForAll(Draws, uniform => TokenSampler.Choose(s_logits, new GenerationOptions { Temperature = 1e-3 }, uniform) == 1)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Top_k_never_leaves_the_k_likeliest() =>
        Prop.ForAll(Draws, uniform => new[] { 1, 4, 2 }.Contains(TokenSampler.Choose(s_logits, new GenerationOptions { Temperature = 3, TopK = 3 }, uniform)))
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0.40, new[] { 1 })]
    [InlineData(0.60, new[] { 1, 4 })]
    [InlineData(0.90, new[] { 1, 4, 2 })]
    public void Top_p_keeps_the_smallest_set_that_reaches_the_probability(double topP, int[] nucleus)
    {
        // softmax: 0.48 (1), 0.29 (4), 0.18 (2), 0.04 (0), 0.01 (3)
        var seen = Enumerable.Range(0, 1000).Select(i => TokenSampler.Choose(s_logits, new GenerationOptions { Temperature = 1, TopP = topP }, i / 1000.0)).Distinct();
        Assert.Equal(nucleus.Order(), seen.Order());
    }

    [Fact]
    public void Frequencies_follow_the_softmax_of_the_tempered_logits()
    {
        const int Draws = 20000;
        var counts = new int[s_logits.Length];
        for (var i = 0; i < Draws; i++)
        {
            counts[TokenSampler.Choose(s_logits, new GenerationOptions { Temperature = 0.7 }, (i + 0.5) / Draws)]++;
        }

        var weights = s_logits.Select(l => Math.Exp(l / 0.7)).ToArray();
        for (var token = 0; token < counts.Length; token++)
        {
            Assert.Equal(weights[token] / weights.Sum(), counts[token] / (double)Draws, 3);
        }
    }

    [Fact]
    public void Not_a_number_is_never_chosen() =>
        Assert.All(Enumerable.Range(0, 100), i =>
            Assert.Equal(1, TokenSampler.Choose([float.NaN, 0f, float.NegativeInfinity], new GenerationOptions { Temperature = 1 }, i / 100.0)));

    private static Arbitrary<double> Draws => Gen.Choose(0, 999_999).Select(i => i / 1e6).ToArbitrary();
}
