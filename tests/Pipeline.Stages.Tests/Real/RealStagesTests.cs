using System.Text.Json;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Results;
using Pipeline.Contracts.Topology;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Png;
using Pipeline.Methods.Prompting;
using Pipeline.Methods.Tests.Moodifier;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Modelling;
using Pipeline.Stages.Planning;
using Pipeline.Storage.Folder;
using Pipeline.TestKit;

namespace Pipeline.Stages.Tests.Real;

/// <summary>The five real stages over tiny random networks (the diffusion model is a closed form), through the whole plumbing.</summary>
[Collection("tensors")]
public sealed class RealStagesTests : IDisposable
{
    private const string Parameters = """{"steps":3,"timesteps":"leading","longSide":64,"minLongSide":32,"sizeMultiple":8}""";
    private readonly RunFixture run = new();
    private readonly string models;

    public RealStagesTests() => models = TinyModels.Create(Path.Combine(run.Root, "models"));

    public void Dispose() => run.Dispose();

    [Fact]
    public async Task A_data_set_is_made_with_prompts_masks_captions_and_scores()
    {
        Picture("a", 1, """ "joy","sadness" """);
        Picture("b", 2, """ "fear" """, ""","source_prompt":"a red barn","prompt":"a dark red barn at night","stimuli":[{"source_phrase":"red barn","target_phrase":"dark barn","box":[0.1,0.1,0.6,0.7]}]""");
        RunSummary summary = await Run();
        Assert.Equal((3L, 0L), (summary.Done, summary.Failed));
        ResultRecord[] records = Records();
        Assert.All(records, r =>
        {
            Assert.NotNull(r.Caption);
            Assert.NotNull(r.ParseStatus);
            Assert.NotNull(r.MaskSource);
            Assert.Equal(3, r.TimestepsUsed!.Count);
            Assert.Equal(["captioner", "classifier", "clip", "diffusion", "dino", "lpips", "mllm", "tokenizer"], r.Models!.Keys);
            Assert.Superset(new HashSet<string> { "mse", "ssim", "clip_t", "clip_i", "emo_top1", "emo_prob", "structure_distance", "lpips", "emo_a", "emo_s" }, r.Metrics!.Keys.ToHashSet());
            RgbImage image = ImageCodec.Default.DecodeFile(Path.Combine(run.OutputFolder, r.FileName!));
            Assert.Equal((64, 48), (image.Width, image.Height));
        });
        Assert.Equal(("a red barn", "box"), (records[2].Prompts!.Source, records[2].MaskSource));
        string recipe = PngText.Read(File.ReadAllBytes(Path.Combine(run.OutputFolder, records[2].FileName!)))["moodpipe"];
        Assert.Equal("a dark red barn at night", JsonDocument.Parse(recipe).RootElement.GetProperty("targetPrompt").GetString());
    }

    [Fact]
    public async Task The_data_set_does_not_depend_on_what_was_edited_together()
    {
        Picture("a", 1, """ "joy","sadness","fear" """, ""","source_prompt":"a house by the sea" """);
        Picture("b", 2, """ "anger","joy" """);
        await Run();
        SortedDictionary<string, string> together = run.DataSet();
        run.Output = "alone";
        await Run(o => o with { Window = 1, StateFolder = Path.Combine(run.Root, "fresh") });
        Assert.Equal(together, run.DataSet());

        // Each edit in a job of its own, over one more state: no batch is what it was.
        run.Output = "each";
        foreach ((string id, string emotion, string more) in new[] { ("a", "fear", ""","source_prompt":"a house by the sea" """), ("b", "joy", "") })
        {
            using var single = new RunFixture();
            File.Copy(Path.Combine(run.Root, $"{id}.png"), Path.Combine(single.Root, $"{id}.png"));
            single.AddLine($$"""{"id":"{{id}}","image":"{{id}}.png","emotions":["{{emotion}}"]{{more}}}""");
            await Run(null, single);
            Assert.Equal(together[$"images/{emotion}/{id}.png"], single.DataSet()[$"images/{emotion}/{id}.png"]);
        }
    }

    [SharedGoldensFact]
    public async Task With_a_real_UNet_an_edit_is_the_same_alone_and_in_a_batch_and_after_an_interruption()
    {
        UseStableDiffusion();
        Picture("a", 1, """ "joy","sadness","fear","anger" """, ""","source_prompt":"a house by the sea" """);
        Picture("b", 2, """ "joy","sadness","fear" """);
        await RunReal(run, default);
        SortedDictionary<string, string> together = run.DataSet();
        Assert.Equal(7, together.Keys.Count(k => k.StartsWith("images/", StringComparison.Ordinal)));

        // One edit at a time: no batch is what it was.
        foreach ((string id, string emotion, string more) in new[] { ("a", "fear", ""","source_prompt":"a house by the sea" """), ("b", "joy", "") })
        {
            using var single = new RunFixture();
            File.Copy(Path.Combine(run.Root, $"{id}.png"), Path.Combine(single.Root, $"{id}.png"));
            single.AddLine($$"""{"id":"{{id}}","image":"{{id}}.png","emotions":["{{emotion}}"]{{more}}}""");
            await RunReal(single, default);
            Assert.Equal(together[$"images/{emotion}/{id}.png"], single.DataSet()[$"images/{emotion}/{id}.png"]);
        }

        // Drained again and again in the middle of the work.
        run.Output = "interrupted";
        RunSummary? last = null;
        for (int round = 0; round < 30 && last?.Open != 0; round++)
        {
            using var drain = new CancellationTokenSource(TimeSpan.FromMilliseconds(300 + (200 * round)));
            last = await RunReal(run, drain.Token, o => o with { StateFolder = Path.Combine(run.Root, "interrupted-state") });
        }

        Assert.Equal(0, last!.Open);
        Assert.Equal(together, run.DataSet());
    }

    [Fact]
    public void Every_tensor_of_a_run_is_freed()
    {
        Picture("a", 1, """ "joy","sadness" """, ""","source_prompt":"a house by the sea" """);
        Picture("b", 2, """ "joy" """, ""","params":{"steps":-3}""");
        LiveTensors.AssertUnchangedBy(() => Run().GetAwaiter().GetResult());
    }

    [Fact]
    public async Task A_second_run_loads_no_model()
    {
        Picture("a", 1, """ "joy" """);
        await Run();
        Directory.Delete(run.OutputFolder, recursive: true);
        int loads = 0;
        using var catalog = new StageCatalog(Options(), (_, _) => throw new InvalidOperationException($"loaded {++loads}"));
        await new EmbeddedRun(RunOptions(run) with { JobId = "again" }, catalog.Stages()).RunAsync(null, default, default);
        Assert.Equal(0, loads);
        Assert.Single(run.MetadataLines);
    }

    [Fact]
    public async Task Bad_items_end_with_their_reason_and_a_mask_of_the_user_is_used()
    {
        Picture("good", 1, """ "joy" """, ""","mask":"mask.png" """);
        MaskImage mask = new(64, 48);
        for (int y = 0; y < 24; y++)
        {
            mask.Row(y).Fill(1);
        }

        File.WriteAllBytes(Path.Combine(run.Root, "mask.png"), mask.EncodePng());
        File.WriteAllText(Path.Combine(run.Root, "text.png"), "this is no picture");
        run.AddLine("""{"id":"text","image":"text.png","emotions":["joy"]}""");
        Picture("feeling", 2, """ "wurst" """);
        Picture("params", 3, """ "joy" """, ""","params":{"steps":-3}""");
        Picture("method", 4, """ "joy" """, ""","method":"magic" """);
        Picture("narrow", 5, """ "joy" """, "", 640, 8);
        RunSummary summary = await Run();
        ResultRecord[] records = Records();
        Assert.Equal(
            [
                "good ok", $"text {ErrorCodes.SourceUndecodable}", $"feeling {ErrorCodes.UnknownEmotion}", "params PIPE3101", $"method {ErrorCodes.UnknownMethod}", "narrow PIPE3102",
            ],
            records.Select(r => $"{r.Id} {r.Error?.Code ?? "ok"}"));
        Assert.Equal((1L, 5L, "given"), (summary.Done, summary.Failed, records[0].MaskSource));
        Assert.Equal(0.5, records[0].MaskArea!.Value, 2);
        Assert.Equal(0, records[0].Metrics!["mse_unedit_part"]);
        Assert.True(records[0].Metrics!["mse_edit_part"] > 0);
        Assert.DoesNotContain("psnr_unedit_part", records[0].Metrics!.Keys);
    }

    [Fact]
    public async Task What_workers_say_of_their_stages_names_exactly_the_work_that_they_did()
    {
        Picture("a", 1, """ "joy","sadness" """);
        Picture("b", 2, """ "fear" """, ""","source_prompt":"a red barn","prompt":"a dark red barn at night","mask":"mask.png","params":{"inversion":"ddim"}""");
        File.WriteAllBytes(Path.Combine(run.Root, "mask.png"), new MaskImage(64, 48).EncodePng());
        await Run();
        Picture("feeling", 2, """ "wurst" """);
        using var catalog = new StageCatalog(Options(), (_, _) => throw new InvalidOperationException("no model is needed"));
        // As in a beat: through JSON.
        var profiles = ContractJson.Deserialize<Dictionary<string, StageProfile>>(ContractJson.Serialize(StageKeys.Profiles(catalog.Stages().Select(s => s.Stage))));
        Assert.Equal(["caption", "edit", "invert", "prompt", "score"], profiles.Keys.Order(StringComparer.Ordinal));
        PictureForecast[] found = await ForecastAsync(profiles);
        Assert.All(found[..2], p => Assert.All(p.Stages.Values, s => Assert.Equal((s.Units, 0, 0), (s.Found, s.Unknown, s.ToCompute))));
        Assert.Equal([2, 1, 0], found.Select(p => p.FoundItems));
        Assert.Equal((1, 0), (found[2].ImpossibleItems, found[2].Stages["prompt"].Units));
        // Another captioner: what it makes is to be made, and nothing else.
        profiles["caption"] = profiles["caption"] with { Models = new Dictionary<string, string> { ["captioner"] = new('0', 64) } };
        PictureForecast[] other = await ForecastAsync(profiles);
        Assert.Equal([0L, 0, 0, 2, 0], new[] { "prompt", "invert", "edit", "caption", "score" }.Select(s => other[0].Stages[s].ToCompute));
        // Another version of a stage: what it reads is not known here, nor what follows.
        profiles["edit"] = profiles["edit"] with { Implementation = "99" };
        PictureForecast[] unknown = await ForecastAsync(profiles);
        Assert.Equal([0L, 0, 2, 2, 2], new[] { "prompt", "invert", "edit", "caption", "score" }.Select(s => unknown[0].Stages[s].Unknown));
    }

    private async Task<PictureForecast[]> ForecastAsync(Dictionary<string, StageProfile> profiles)
    {
        EmbeddedRunOptions options = RunOptions(run);
        var store = new FolderArtefactStore(new FolderStoreOptions { Root = Path.Combine(run.State, "artefacts") });
        var forecast = new WorkForecast(StageKeys.Of(profiles, EditMethods.BuiltIn), store, options.Sources, new DispatchTarget("plan", StageGraph.Everything, options.Defaults));
        var pictures = new List<PictureForecast>();
        await using Stream manifest = options.OpenManifest();
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(manifest))
        {
            EditTarget[] edits = [.. ManifestImport.ItemsOf(line.Value!, options.Defaults).Select((i, n) => new EditTarget { Item = n, Emotion = i.Emotion, Intensity = i.Intensity, Variant = i.Variant, Seed = i.Seed })];
            pictures.Add(await forecast.ExamineAsync(line.Value!, edits, default));
        }

        return [.. pictures];
    }

    private void Picture(string id, int seed, string emotions, string more = "", int width = 64, int height = 48)
    {
        byte[] pixels = new byte[width * height * 3];
        var random = new Xorshift((ulong)seed);
        byte[] coarse = new byte[(width / 8 + 1) * (height / 8 + 1) * 3];
        random.Fill(coarse);
        for (int i = 0; i < pixels.Length; i++)
        {
            (int x, int y) = (i / 3 % width, i / 3 / width);
            pixels[i] = coarse[(((y / 8 * ((width / 8) + 1)) + (x / 8)) * 3) + (i % 3)];
        }

        File.WriteAllBytes(Path.Combine(run.Root, $"{id}.png"), ImageCodec.Default.Encode(new RgbImage(width, height, pixels), EncodeOptions.Png));
        run.AddLine($$"""{"id":"{{id}}","image":"{{id}}.png","emotions":[{{emotions}}]{{more}}}""");
    }

    private void UseStableDiffusion()
    {
        Directory.Delete(Path.Combine(models, "e"), recursive: true);
        string source = Path.Combine(Fixtures.SharedGoldens!, "diffusion", "tiny-sd");
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(models, "e", Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private async Task<RunSummary> RunReal(RunFixture fixture, CancellationToken drain, Func<EmbeddedRunOptions, EmbeddedRunOptions>? change = null)
    {
        using var catalog = new StageCatalog(Options());
        EmbeddedRunOptions options = RunOptions(fixture);
        return await new EmbeddedRun(change is null ? options : change(options), catalog.Stages()).RunAsync(null, drain, default);
    }

    private StageCatalogOptions Options() => new() { Models = models, Prompter = new PrompterOptions { MaxNewTokens = 12 }, MapLongSide = 64, DigestCache = Path.Combine(run.Root, "digests.json") };

    private static EmbeddedRunOptions RunOptions(RunFixture fixture) => fixture.Options() with { Defaults = new JobDefaults { Params = JsonDocument.Parse(Parameters).RootElement.Clone() } };

    private async Task<RunSummary> Run(Func<EmbeddedRunOptions, EmbeddedRunOptions>? change = null, RunFixture? fixture = null)
    {
        using var catalog = new StageCatalog(Options(), (_, _) => new ToyDiffusionModel());
        EmbeddedRunOptions options = RunOptions(fixture ?? run);
        return await new EmbeddedRun(change is null ? options : change(options), catalog.Stages()).RunAsync(null, default, default);
    }

    private ResultRecord[] Records() => [.. run.MetadataLines.Select(l => JsonSerializer.Deserialize<ResultRecord>(l, ContractJson.Options)!)];
}
