using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Contracts.Work;

namespace Pipeline.Contracts.Tests;

public sealed class WorkKeyTests
{
    private static readonly string Source = Sha256Digest.Of("picture"u8);

    [Fact]
    public void A_work_key_is_the_digest_of_its_canonical_inputs()
    {
        WorkKeyInputs inputs = Inputs();
        string expected = "{\"inputs\":{\"source\":\"" + Source + "\"},\"models\":{\"unet\":\"m\"},\"params\":{\"a\":1,\"b\":0.5},\"seed\":7,\"stage\":\"edit\",\"stageImpl\":\"1\",\"v\":1}";
        Assert.Equal(expected, System.Text.Encoding.UTF8.GetString(CanonicalJson.Serialize(inputs)));
        Assert.Equal(Sha256Digest.Of(System.Text.Encoding.UTF8.GetBytes(expected)), inputs.Digest());
        Assert.Equal(inputs.Digest(), Sha256Digest.Of(CanonicalJson.Serialize(inputs.ToElement())));
    }

    [Fact]
    public void Every_part_of_the_inputs_changes_the_key()
    {
        WorkKeyInputs a = Inputs();
        WorkKeyInputs[] others =
        [
            a with { Stage = "invert" }, a with { Implementation = "2" }, a with { Seed = 8 }, a with { Seed = null },
            a with { Inputs = new Dictionary<string, string> { ["mask"] = Source } }, a with { Params = Json("""{"a":1}""") },
            a with { Models = new Dictionary<string, string> { ["unet"] = "n" } },
        ];
        Assert.Equal(others.Length + 1, others.Append(a).Select(k => k.Digest()).Distinct().Count());
        Assert.Equal(a.Digest(), (a with { Params = Json("""{"b":5e-1,"a":1.0}""") }).Digest());
    }

    [Theory]
    [InlineData("../etc", "0")]
    [InlineData("edit", "../../x")]
    [InlineData("Edit", null)]
    [InlineData("", null)]
    public void A_manifest_key_is_never_a_foreign_path(string stage, string? key) =>
        Assert.Throws<ArgumentException>(() => new ManifestKey(stage, key ?? Source));

    [Fact]
    public void The_stage_graph_is_the_data_flow()
    {
        Assert.Equal(["caption", "score"], StageGraph.After("edit"));
        Assert.Equal(["invert"], StageGraph.After("prompt"));
        Assert.Empty(StageGraph.After("caption"));
        Assert.Equal(StageGraph.Everything, StageGraph.WithDescendants("prompt"));
        Assert.Equal(StageGraph.Mask(["edit", "caption", "score"]), StageGraph.WithDescendants("edit"));
        Assert.Equal(StageGraph.Bit("score"), StageGraph.WithDescendants("score"));
        Assert.Equal(StageNames.All, StageGraph.Stages(StageGraph.Everything));
    }

    private static WorkKeyInputs Inputs() => new()
    {
        Stage = "edit", Implementation = "1", Inputs = new Dictionary<string, string> { ["source"] = Source }, Params = Json("""{"b":0.5,"a":1}"""),
        Models = new Dictionary<string, string> { ["unet"] = "m" }, Seed = 7,
    };

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();
}
