using System.Text.Json;
using Pipeline.Contracts.Jobs;
using Pipeline.Imaging;
using Pipeline.Methods.Tests.Moodifier;
using Pipeline.Methods.Prompting;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Modelling;

namespace Pipeline.Stages.Tests.Real;

/// <summary>What an inversion learned of a picture serves every later edit of it, in whatever job. Counted in UNet sample-forwards.</summary>
[Collection("tensors")]
public sealed class KeptInversionTests : IDisposable
{
    private const int Steps = 3;
    private const int Inner = 2;
    private const string Sizes = "\"longSide\":64,\"minLongSide\":32,\"sizeMultiple\":8";
    private readonly RunFixture state = new();
    private long encodes;
    private readonly string models;

    public KeptInversionTests() => models = TinyModels.Create(Path.Combine(state.Root, "models"));

    public void Dispose() => state.Dispose();

    [Fact]
    public async Task A_second_edit_of_a_picture_never_optimises_again()
    {
        Assert.Equal(Learning + Sampling(1), await Edit("one", NullText(), "joy"));
        Assert.Equal(Sampling(1), await Edit("two", NullText(), "fear")); // another emotion
        Assert.Equal(Sampling(2), await Edit("three", NullText(), "anger", "awe")); // more of them, in one batch
        Assert.Equal(Sampling(1), await Edit("four", NullText(more: "\"guidanceTarget\":4"), "joy")); // another strength
        Assert.Equal(0, await Edit("five", NullText(), "joy", "fear")); // nothing new at all
        Assert.Equal(Learning + Sampling(1), await Edit("six", NullText(inner: Inner, more: "\"guidanceSource\":5"), "joy")); // learned for another guidance
        Assert.Equal(Learning + Steps + Sampling(1), await Edit("seven", NullText(inner: Inner + 1), "joy")); // learned otherwise
        Assert.Equal(Learning + Sampling(1), await Edit("eight", NullText(), "\"source_prompt\":\"a boat\"", "joy")); // another source prompt
    }

    [Fact]
    public async Task Inversions_that_compute_the_path_alone_share_it()
    {
        Assert.Equal(Steps + (Steps * 3), await Edit("one", Params("npi"), "joy"));
        Assert.Equal(Steps * 3, await Edit("two", Params("prox-npi"), "joy"));
        Assert.Equal(Steps * 3, await Edit("three", Params("npi", ",\"inversionParams\":{\"interpolation\":0.5}"), "joy"));
    }

    [Fact]
    public async Task A_picture_is_encoded_once_for_all_emotions_jobs_and_methods_that_take_its_latents_alone()
    {
        string sizes = $$"""{"steps":{{Steps}},{{Sizes}}}""";
        await Edit("one", sizes, "joy", "fear");
        await Edit("two", sizes, "anger");
        await Edit("three", sizes.Replace($"\"steps\":{Steps}", "\"steps\":4", StringComparison.Ordinal), "joy"); // other parameters of the edit
        await EditBy("sdedit", "four", sizes, "joy");
        Assert.Equal(1, encodes);
        await Edit("five", sizes.Replace("64", "96", StringComparison.Ordinal), "joy"); // other bounds of the working size
        Assert.Equal(2, encodes);
    }

    [Fact]
    public async Task An_edit_over_a_kept_inversion_has_the_bytes_of_the_first()
    {
        await Edit("warm", NullText(), "joy");
        byte[] kept = await Picture("kept", state.State), fresh = await Picture("fresh", state.State + "-other");
        Assert.Equal(fresh, kept);
    }

    private static long Learning => Steps + Steps + (Steps * Inner) + Steps; // path, e_c of each step, the optimisation, e_u of each step

    private static long Sampling(int emotions) => Steps * (2 + (2L * emotions));

    private static string NullText(int inner = Inner, string more = "\"guidanceTarget\":7.5") =>
        Params("null-text", $$""","inversionParams":{"innerSteps":{{inner}},"stopBelow":0,"stopGrowth":0},{{more}}""");

    private static string Params(string inversion, string more = "") => $$"""{"inversion":"{{inversion}}","steps":{{Steps}},{{Sizes}}{{more}}}""";

    private async Task<byte[]> Picture(string job, string stateFolder)
    {
        using var run = new RunFixture();
        await Run(run, job, NullText(), "\"source_prompt\":\"a house\"", ["fear"], stateFolder);
        return await File.ReadAllBytesAsync(Directory.GetFiles(Path.Combine(run.OutputFolder, "images", "fear"))[0]);
    }

    private async Task EditBy(string method, string job, string parameters, string emotion)
    {
        using var run = new RunFixture();
        await Run(run, job, parameters, "\"source_prompt\":\"a house\"", [emotion], state.State, method);
    }

    private Task<long> Edit(string job, string parameters, params string[] emotions)
    {
        string source = emotions.FirstOrDefault(e => e.StartsWith('"')) ?? "\"source_prompt\":\"a house\"";
        return Edit(job, parameters, source, [.. emotions.Where(e => !e.StartsWith('"'))]);
    }

    private async Task<long> Edit(string job, string parameters, string source, string[] emotions)
    {
        using var run = new RunFixture();
        return await Run(run, job, parameters, source, emotions, state.State);
    }

    // UNet sample-forwards of one job over the shared state.
    private async Task<long> Run(RunFixture run, string job, string parameters, string source, string[] emotions, string stateFolder, string? method = null)
    {
        byte[] pixels = [.. Enumerable.Range(0, 64 * 48 * 3).Select(i => (byte)((i / 24 * 37) + (i % 3 * 60)))];
        await File.WriteAllBytesAsync(Path.Combine(run.Root, "a.png"), ImageCodec.Default.Encode(new RgbImage(64, 48, pixels), EncodeOptions.Png));
        run.AddLine($$"""{"id":"a","image":"a.png","emotions":[{{RunFixture.Emotions(emotions)}}],"stimuli":[{"source_phrase":"house","target_phrase":"house","box":[0.1,0.1,0.6,0.7]}],{{source}}}""");
        using var model = new ToyDiffusionModel();
        using (var catalog = new StageCatalog(Options(), (_, _) => model))
        {
            EmbeddedRunOptions options = run.Options() with
            {
                JobId = job, StateFolder = stateFolder, Defaults = Defaults(parameters, method),
            };
            RunSummary summary = await new EmbeddedRun(options, catalog.Stages()).RunAsync(null, default, default);
            Assert.Equal((emotions.Length, 0L), (summary.Done, summary.Failed));
        }

        encodes += model.EncodeCalls;
        return model.Toy.Forwards;
    }

    private static JobDefaults Defaults(string parameters, string? method)
    {
        var defaults = new JobDefaults { Params = JsonDocument.Parse(parameters).RootElement.Clone() };
        return method is null ? defaults : defaults with { Method = method };
    }

    private StageCatalogOptions Options() => new() { Models = models, Prompter = new PrompterOptions { MaxNewTokens = 12 }, MapLongSide = 64, DigestCache = Path.Combine(state.Root, "digests.json") };
}
