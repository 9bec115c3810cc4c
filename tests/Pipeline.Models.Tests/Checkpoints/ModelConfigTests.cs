using System.Text;
using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Tests.Checkpoints;

public sealed class ModelConfigTests
{
    private const string Json = """
        {"layers": 3, "eps": 1e-5, "act": "gelu", "tie": true, "heads": [1, 2], "one": 7, "nothing": null, "sub": {"x": 1, "deep": {"y": "z"}}, "means": [0.5, 1]}
        """;

    [Fact]
    public void Values_are_read_by_their_type()
    {
        ModelConfig config = Read(Json);
        Assert.Equal(3, config.Int("layers"));
        Assert.Equal(1e-5, config.Double("eps"));
        Assert.Equal("gelu", config.String("act"));
        Assert.True(config.Bool("tie"));
        Assert.Equal([1, 2], config.Ints("heads"));
        Assert.Equal([7], config.Ints("one"));
        Assert.Equal([0.5, 1], config.Doubles("means"));
        Assert.Equal("z", config.Sub("sub").Sub("deep").String("y"));
    }

    [Fact]
    public void What_is_absent_or_null_takes_its_default()
    {
        ModelConfig config = Read(Json);
        Assert.False(config.Has("nothing"));
        Assert.Equal(5, config.Int("nothing", 5));
        Assert.Equal(2, config.Sub("absent").Sub("deeper").Int("z", 2));
    }

    [Fact]
    public void Errors_name_the_file_and_the_whole_key()
    {
        ModelConfig config = Read(Json);
        Assert.Equal("config.json: sub.deep.y must be a whole number", Assert.Throws<ModelFormatException>(() => config.Sub("sub").Sub("deep").Int("y")).Message);
        Assert.Equal("config.json: sub.z is missing", Assert.Throws<ModelFormatException>(() => config.Sub("sub").Int("z")).Message);
        Assert.Throws<ModelFormatException>(() => config.Sub("layers"));
        Assert.Throws<ModelFormatException>(() => config.Ints("act"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{\"a\":}")]
    public void What_is_no_object_is_refused(string json) => Assert.Throws<ModelFormatException>(() => Read(json));

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Throws<ModelFormatException>(() => Read(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000)));

    private static ModelConfig Read(string json) => ModelConfig.Parse(Encoding.UTF8.GetBytes(json), "config.json");
}
