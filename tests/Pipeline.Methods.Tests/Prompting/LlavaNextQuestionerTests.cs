using Pipeline.Imaging;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;
using Pipeline.Models.LlavaNext;
using Pipeline.TestKit;

namespace Pipeline.Methods.Tests.Prompting;

/// <summary>The whole step over a real, if random, LLaVA-NeXT: it writes nonsense, and the step must end in its fallbacks with everything released.</summary>
public sealed class LlavaNextQuestionerTests
{
    [Fact]
    public void A_random_model_ends_in_the_fallback_and_leaves_no_tensor_behind()
    {
        var directory = Fixtures.Path("goldens", "transformers", "llava_next_mistral");
        var picture = ImageCodec.Default.Decode(File.ReadAllBytes(Path.Combine(directory, "image0.png")), DecodeLimits.Default);
        using var model = LlavaNextModel.Load(directory);
        var prompter = new MllmPrompter(new LlavaNextQuestioner(model), _ => "a picture", null,
            new PromptAssembler(t => t.Split(' ').Length, new PromptOptions()), new StimulusMapBuilder(new StimulusMapOptions()), DomainHints.Default, new PrompterOptions { MaxNewTokens = 24 });
        var request = new PromptRequest(picture, new PictureSize(picture.Width, picture.Height), [EmotionTaxonomy.ById(16), EmotionTaxonomy.ById(24)]) { Domain = "scene" };
        prompter.Prompt(request);

        long before = LiveTensors.Settled();
        var results = prompter.Prompt(request);
        LiveTensors.AssertBackTo(before);
        Assert.Equal(["a picture, a joyful mood, blooming flowers, clear sunshine, colourful flags", "a picture, a sad mood, rain, fallen leaves, dull blue"], results.Select(r => r.Target.Text));
        Assert.All(results, r => Assert.Equal((ParseStatus.Fallback, 2, StimulusMapSource.CrossAttention), (r.Status, r.Asked, r.Map.Source)));
        Assert.All(results, r => Assert.NotEmpty(r.RawAnswer));
    }

    [Fact]
    public void The_adapter_gives_token_places_and_one_grid_a_token()
    {
        var directory = Fixtures.Path("goldens", "transformers", "llava_next_mistral");
        var picture = ImageCodec.Default.Decode(File.ReadAllBytes(Path.Combine(directory, "image0.png")), DecodeLimits.Default);
        using var model = LlavaNextModel.Load(directory);
        using var conversation = new LlavaNextQuestioner(model).Look(picture);
        using var answer = conversation.Ask(["What is shown?"], new AskOptions(8, 0, 0), CancellationToken.None)[0];
        Assert.InRange(answer.Tokens.Count, 1, 8);
        Assert.All(answer.Tokens, t => Assert.InRange(t.End, t.Start, answer.Text.Length));
        var grids = answer.AttentionOf([0, answer.Tokens.Count - 1])!;
        Assert.Equal(2, grids.Count);
        Assert.All(grids, g => Assert.True(g.Size == 7 && g.Values.All(v => v is >= 0 and <= 1) && g.Values.Sum() is > 0 and < 1));
    }

    [Fact]
    public void Answers_asked_together_report_the_same_attention_as_asked_alone()
    {
        var directory = Fixtures.Path("goldens", "transformers", "llava_next_mistral");
        var picture = ImageCodec.Default.Decode(File.ReadAllBytes(Path.Combine(directory, "image0.png")), DecodeLimits.Default);
        using var model = LlavaNextModel.Load(directory);
        using var conversation = new LlavaNextQuestioner(model).Look(picture);
        string[] questions = ["What is shown?", "What should be edited to evoke joy?"];
        var options = new AskOptions(12, 0, 0);
        var together = conversation.Ask(questions, options, CancellationToken.None);
        foreach (var (question, answer) in questions.Zip(together))
        {
            using var alone = conversation.Ask([question], options, CancellationToken.None)[0];
            Assert.Equal(alone.Text, answer.Text);
            int[] tokens = [.. Enumerable.Range(0, alone.Tokens.Count)];
            foreach (var (a, b) in alone.AttentionOf(tokens)!.Zip(answer.AttentionOf(tokens)!))
                Assert.All(a.Values.Zip(b.Values), v => Assert.InRange(v.Second - v.First, -1e-5f, 1e-5f));
            answer.Dispose();
        }
    }
}
