using System.Text.Json;
using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Inversion;
using Pipeline.Methods.Moodifier;

namespace Pipeline.Methods.Tests.Moodifier;

public sealed class MoodifierParamsTests
{
    [Fact]
    public void Nothing_gives_the_defaults()
    {
        Assert.Equal(new MoodifierOptions(), MoodifierParams.Read(null));
        Assert.Equal(new MoodifierOptions(), Read("{}"));
        Assert.Equal(MoodifierOptions.Paper, Read("""{"preset":"paper"}"""));
    }

    [Fact]
    public void The_manifests_names_are_understood()
    {
        MoodifierOptions options = Read("""
            {"steps":20,"guidanceSource":0.6,"guidanceTarget":2.5,"crossReplaceUntil":0.8,"selfReplaceUntil":0.5,"kappa":0.5,"blendBase":"mut","refineFrom":"mut",
             "longSide":640,"timesteps":"leading","outputSize":"source","maskFallback":"global"}
            """);
        Assert.Equal(
            new MoodifierOptions
            {
                Steps = 20, GuidanceSource = 0.6, GuidanceTarget = 2.5, CrossReplaceUntil = 0.8, SelfReplaceUntil = 0.5, Kappa = 0.5, BlendBase = BlendBase.Mutual,
                RefineFrom = RefineFrom.Mutual, LongSide = 640, Timesteps = TimestepRule.Leading, OutputSize = OutputSize.Source, MaskFallback = MaskFallback.Global,
            },
            options);
    }

    [Fact]
    public void A_preset_is_the_base_for_the_other_members() =>
        Assert.Equal(MoodifierOptions.Official with { Kappa = 0.25 }, Read("""{"preset":"official","kappa":0.25}"""));

    [Fact]
    public void Written_options_read_back() => Assert.Equal(MoodifierOptions.Official, Read(MoodifierParams.Write(MoodifierOptions.Official).ToJsonString()));

    [Theory]
    [InlineData("""{"stepz":20}""")]
    [InlineData("""{"steps":"20"}""")]
    [InlineData("""{"steps":0}""")]
    [InlineData("""{"kappa":1.5}""")]
    [InlineData("""{"kappa":null}""")]
    [InlineData("""{"preset":"best"}""")]
    [InlineData("""{"preset":1}""")]
    [InlineData("""{"blendBase":"left"}""")]
    [InlineData("""{"blendBase":1}""")]
    [InlineData("""{"strength":0.01}""")]
    [InlineData("""{"blendLow":0.6}""")]
    [InlineData("""{"negativePrompt":null}""")]
    [InlineData("[]")]
    public void What_is_not_an_option_is_refused(string json) =>
        Assert.Equal("PIPE3101", Assert.Throws<EditException>(() => Read(json)).Code);

    private static MoodifierOptions Read(string json) => MoodifierParams.Read(JsonDocument.Parse(json).RootElement);
}
