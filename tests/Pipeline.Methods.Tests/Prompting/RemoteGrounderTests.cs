using Microsoft.AspNetCore.Http;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;

namespace Pipeline.Methods.Tests.Prompting;

/// <summary>A segmenter behind HTTP in the prompting step, over a reference server on the loopback.</summary>
public sealed class RemoteGrounderTests
{
    private const string Answer = """
        {"source_caption": "A red rose in a clay pot", "target_caption": "A withered rose",
         "stimuli": [{"source_phrase": "red rose", "target_phrase": "withered rose", "detail": "", "box": [0, 0, 0.3, 0.3], "importance": 10, "action": "change"},
                     {"source_phrase": "clay pot", "target_phrase": "cracked pot", "detail": "", "box": [0, 0.7, 0.3, 1], "importance": 5, "action": "change"}],
         "keep": [], "overall_emotion": ""}
        """;

    private static readonly Dictionary<string, (double, double, double, double)> Rose = new() { ["red rose"] = (0.5, 0, 1, 0.5) };
    private static readonly RgbImage Picture = new(80, 60);

    [Fact]
    public void What_the_service_finds_goes_before_the_box_and_the_rest_keeps_its_box()
    {
        using var server = new ReferenceGroundServer(Rose);
        using var grounder = new RemoteGrounder(new GrounderOptions { Endpoint = server.Endpoint });
        EmotionPrompts found = Prompter(grounder).Prompt(Request("sadness")).Single();
        Assert.Equal([StimulusMapSource.Segmenter, StimulusMapSource.Box], found.Map.Stimuli.Select(s => s.Source));
        Assert.True(found.Map.Map![60, 15] > 0.95f, "where the service saw the rose");
        Assert.True(found.Map.Map[8, 5] < 0.05f, "where the box was");
        Assert.InRange(found.Map.Map[8, 52], 0.4f, 0.6f); // the pot's box, importance 5 of 10
    }

    [Fact]
    public void A_phrase_of_a_picture_is_asked_for_once_whatever_number_of_emotions_name_it()
    {
        using var server = new ReferenceGroundServer(Rose);
        using var grounder = new RemoteGrounder(new GrounderOptions { Endpoint = server.Endpoint });
        IReadOnlyList<EmotionPrompts> found = Prompter(grounder).Prompt(Request("sadness", "joy", "fear"));
        Assert.Equal(["clay pot", "red rose"], server.Asked.Select(a => a.Phrase).Order());
        Assert.Single(server.Asked.Select(a => a.Image).Distinct());
        Assert.All(found, f => Assert.Equal(found[0].Map.Map!.Values, f.Map.Map!.Values));
    }

    [Fact]
    public void A_large_picture_is_sent_smaller_and_the_region_covers_it_all_the_same()
    {
        using var server = new ReferenceGroundServer(Rose);
        using var grounder = new RemoteGrounder(new GrounderOptions { Endpoint = server.Endpoint, LongSide = 40 });
        using IGroundedPicture seen = grounder.Look(Picture);
        MaskImage region = seen.Find("red rose")!;
        Assert.Equal((40, 30), (region.Width, region.Height));
        Assert.Equal(0.25, region.AreaOver(), 2);
        Assert.Null(seen.Find("a dragon"));
    }

    [Theory]
    [InlineData(StatusCodes.Status403Forbidden, true)]
    [InlineData(StatusCodes.Status503ServiceUnavailable, false)]
    public void A_refusal_is_final_and_a_broken_service_a_passing_fault(int status, bool final)
    {
        using var server = new ReferenceGroundServer(Rose, context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        using var grounder = new RemoteGrounder(new GrounderOptions { Endpoint = server.Endpoint, Attempts = 2, RetryDelaySeconds = 0 });
        using IGroundedPicture seen = grounder.Look(Picture);
        Exception failure = Record.Exception(() => seen.Find("red rose"))!;
        Assert.True(final ? failure is EditException { Code: "PIPE3103" } : failure is IOException, $"{failure}");
        Assert.Equal(final ? 1 : 2, server.Asked.Count);
    }

    [Fact]
    public void What_is_no_picture_is_refused_and_so_is_what_is_no_address()
    {
        using var server = new ReferenceGroundServer(Rose, context => context.Response.WriteAsync("a rose"));
        using var grounder = new RemoteGrounder(new GrounderOptions { Endpoint = server.Endpoint });
        using IGroundedPicture seen = grounder.Look(Picture);
        Assert.Equal("PIPE3103", Assert.Throws<EditException>(() => seen.Find("red rose")).Code);
        Assert.Equal("PIPE3101", Assert.Throws<EditException>(() => new RemoteGrounder(new GrounderOptions { Endpoint = "file:///etc/passwd" })).Code);
    }

    [Fact]
    public void A_silent_service_is_given_up_after_the_operators_time_and_the_message_says_where_that_is_set()
    {
        using var server = new ReferenceGroundServer(Rose, context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var grounder = new RemoteGrounder(Environment(server.Endpoint, "0.25") with { Attempts = 1 });
        using IGroundedPicture seen = grounder.Look(Picture);
        IOException error = Assert.ThrowsAny<IOException>(() => seen.Find("red rose"));
        Assert.Contains("within 0.25 s; raise MOODPIPE_GROUNDER_TIMEOUT_SECONDS if", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("timeoutSeconds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_above_the_limit_names_no_setting_that_a_grounder_does_not_have()
    {
        using var server = new ReferenceGroundServer(Rose, async context =>
        {
            context.Response.ContentLength = (16 << 20) + 1;
            await context.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        using var grounder = new RemoteGrounder(new GrounderOptions { Endpoint = server.Endpoint });
        using IGroundedPicture seen = grounder.Look(Picture);
        Assert.EndsWith("bytes; make the service compress", Assert.Throws<EditException>(() => seen.Find("red rose")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_names_service_version_and_time_limit()
    {
        Assert.Null(GrounderOptions.From(_ => null));
        Assert.Equal(60, Environment("http://localhost/", null).TimeoutSeconds);
        Assert.Equal((7.5, "http://localhost/"), (Environment("http://localhost/", "7.5").TimeoutSeconds, Environment("http://localhost/", "7.5").Endpoint));
        Assert.All(["0", "3601", "-1", "a minute", "1,5"], text =>
        {
            EditException error = Assert.Throws<EditException>(() => new RemoteGrounder(Environment("http://localhost/", text)));
            Assert.Contains("MOODPIPE_GROUNDER_TIMEOUT_SECONDS must be a number of seconds", error.Message, StringComparison.Ordinal);
        });
        Assert.Contains("MOODPIPE_GROUNDER must be", Assert.Throws<EditException>(() => new RemoteGrounder(Environment("localhost", null))).Message, StringComparison.Ordinal);
    }

    private static GrounderOptions Environment(string endpoint, string? timeout) =>
        GrounderOptions.From(name => name == GrounderOptions.EndpointVariable ? endpoint : name == GrounderOptions.TimeoutVariable ? timeout : null)!;

    private static MllmPrompter Prompter(IRegionGrounder grounder) => new(
        new ScriptedQuestioner(("", Answer)) { HasAttention = false }, null, grounder, new PromptAssembler(text => text.Split(' ').Length, new PromptOptions()), new StimulusMapBuilder(new StimulusMapOptions()), DomainHints.Default,
        new PrompterOptions());

    private static PromptRequest Request(params string[] emotions) =>
        new(Picture, new PictureSize(80, 60), [.. emotions.Select(e => EmotionTaxonomy.Resolve(e).Emotion)]);
}
