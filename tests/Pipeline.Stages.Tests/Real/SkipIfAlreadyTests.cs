using System.Globalization;
using System.Text.Json;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Imaging;
using Pipeline.Methods.Prompting;
using Pipeline.Methods.Tests.Moodifier;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Modelling;

namespace Pipeline.Stages.Tests.Real;

/// <summary>Edits whose source evokes the wanted emotion already can be left out. Counted in UNet sample-forwards.</summary>
[Collection("tensors")]
public sealed class SkipIfAlreadyTests : IDisposable
{
    private const int Steps = 3;
    private static readonly string[] Wanted = ["joy", "fear", "anger"];
    private readonly RunFixture state = new();
    private readonly string models;

    public SkipIfAlreadyTests() => models = TinyModels.Create(Path.Combine(state.Root, "models"));

    public void Dispose() => state.Dispose();

    [Fact]
    public async Task An_edit_whose_source_evokes_the_emotion_already_costs_no_forward_and_leaves_no_file()
    {
        (ResultRecord[] plain, long all) = await Run("plain", "");
        Assert.Equal(Steps * (1 + (2 * Wanted.Length)), all);
        double[] shown = [.. plain.Select(r => r.Metrics!["emo_prob"] - r.Metrics["emo_gain"])];
        double threshold = shown.OrderDescending().Take(2).Average(); // between the likeliest and the next
        int left = Array.IndexOf(shown, shown.Max());

        (ResultRecord[] records, long forwards) = await Run("skip", string.Create(CultureInfo.InvariantCulture, $",\"skipIfAlready\":{threshold:R}"), "-other");
        Assert.Equal(Steps * (1 + (2 * (Wanted.Length - 1))), forwards);
        for (int i = 0; i < Wanted.Length; i++)
        {
            Assert.Equal(i == left ? ResultStatus.Skipped : ResultStatus.Ok, records[i].Status);
            Assert.Equal(i == left ? null : plain[i].FileName, records[i].FileName);
        }

        Assert.Equal(SkippedEdit.Code, records[left].Error!.Code);
        Assert.Contains($"evokes {Wanted[left]} already", records[left].Error!.Message, StringComparison.Ordinal);
        Assert.Null(records[left].Metrics);
        Assert.Null(records[left].FileName);
    }

    [Fact]
    public async Task A_threshold_of_one_leaves_nothing_out_and_without_the_parameter_keys_stay_what_they_were()
    {
        (ResultRecord[] records, long forwards) = await Run("one", ",\"skipIfAlready\":1");
        Assert.Equal(Steps * (1 + (2 * Wanted.Length)), forwards);
        Assert.All(records, r => Assert.Equal(ResultStatus.Ok, r.Status));
        Assert.All(EditMethods.BuiltIn.Local, name => Assert.False(EditMethods.BuiltIn[name].Normalise(null).ContainsKey(SkippedEdit.Parameter)));
    }

    [Fact]
    public async Task Without_a_CLIP_the_edit_fails_and_says_what_is_missing()
    {
        Directory.Delete(Path.Combine(models, "c"), recursive: true);
        (ResultRecord[] records, long forwards) = await Run("none", ",\"skipIfAlready\":0.5", failures: true);
        Assert.Equal(0, forwards);
        Assert.All(records, r => Assert.Contains("needs a CLIP", r.Error!.Message, StringComparison.Ordinal));
    }

    private async Task<(ResultRecord[] Records, long Forwards)> Run(string job, string more, string stateSuffix = "", bool failures = false)
    {
        using var run = new RunFixture();
        byte[] pixels = [.. Enumerable.Range(0, 64 * 48 * 3).Select(i => (byte)((i / 24 * 37) + (i % 3 * 60)))];
        await File.WriteAllBytesAsync(Path.Combine(run.Root, "a.png"), ImageCodec.Default.Encode(new RgbImage(64, 48, pixels), EncodeOptions.Png));
        run.AddLine($$"""{"id":"a","image":"a.png","emotions":[{{RunFixture.Emotions(Wanted)}}],"stimuli":[{"source_phrase":"house","target_phrase":"house","box":[0.1,0.1,0.6,0.7]}],"source_prompt":"a house"}""");
        using var model = new ToyDiffusionModel();
        var catalogOptions = new StageCatalogOptions { Models = models, Prompter = new PrompterOptions { MaxNewTokens = 12 }, MapLongSide = 64, DigestCache = Path.Combine(state.Root, "digests.json") };
        using (var catalog = new StageCatalog(catalogOptions, (_, _) => model))
        {
            using JsonDocument parameters = JsonDocument.Parse($$"""{"steps":{{Steps}},"longSide":64,"minLongSide":32,"sizeMultiple":8{{more}}}""");
            EmbeddedRunOptions options = run.Options() with { JobId = job, StateFolder = state.State + stateSuffix, Defaults = new JobDefaults { Params = parameters.RootElement.Clone() } };
            RunSummary summary = await new EmbeddedRun(options, catalog.Stages()).RunAsync(null, default, default);
            Assert.Equal(failures ? (0L, Wanted.Length) : (Wanted.Length, 0L), (summary.Done, summary.Failed));
        }

        return ([.. run.MetadataLines.Select(l => JsonSerializer.Deserialize<ResultRecord>(l, ContractJson.Options)!)], model.Toy.Forwards);
    }
}
