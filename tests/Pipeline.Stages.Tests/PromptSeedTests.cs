using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;
using Pipeline.Imaging;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;
using Pipeline.Stages.Core;
using Pipeline.Stages.Modelling;
using Pipeline.Stages.Pictures;
using Pipeline.Stages.Prompting;

namespace Pipeline.Stages.Tests;

/// <summary>A sampled answer depends on the edit's seed, a greedy one does not.</summary>
public sealed class PromptSeedTests
{
    private const string Answer = """{"source_caption":"a","target_caption":"b","stimuli":[{"source_phrase":"red door","target_phrase":"blue door","box":[0,0,1,0.5],"importance":5}]}""";

    [Fact]
    public void The_seed_of_an_edit_reaches_the_model_where_answers_are_sampled()
    {
        var model = new Recorder();
        using var slot = new ModelSlot<IEmotionPrompter>(() => new MllmEmotionPrompter(Prompter(model, 0.7)));
        var work = new PromptWork(slot);
        Emotion joy = EmotionTaxonomy.Resolve("joy").Emotion, fear = EmotionTaxonomy.Resolve("fear").Emotion;
        GivenPrompts given = new(null, "a house", null, null, null, null);
        RgbImage picture = new(16, 16);
        IReadOnlyList<UnitOutcome<PromptResult>> outcomes =
            work.Run([new(picture, "s", joy, given, 5), new(picture, "s", fear, given, 5), new(picture, "s", joy, given, 6)], default);
        Assert.All(outcomes, o => Assert.Null(o.Error));
        Assert.Equal([(5UL, 2), (6UL, 1)], model.Asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_work_key_holds_the_seed_only_where_answers_are_sampled(bool sampled)
    {
        using var slot = new ModelSlot<IEmotionPrompter>(() => throw new InvalidOperationException());
        var stage = new PromptStage(new PromptWork(slot), new PromptStageOptions { AskingKey = new JsonObject { ["ask"] = JsonSerializer.SerializeToNode(new PrompterOptions { Temperature = sampled ? 0.7 : 0 }, Contracts.Json.ContractJson.Options) } }, new Dictionary<string, string>(), new StoredPictures());
        StageUnit Unit(long seed) => new()
        {
            Settings = new JobDefaults().SettingsOf(JsonSerializer.Deserialize<JobLine>("""{"id":"a","image":"a.png","emotions":[{"emotion":"joy"}]}""", Contracts.Json.ContractJson.Options)!),
            Target = new EditTarget { Item = 0, Emotion = "joy", Seed = seed },
            Inputs = new Dictionary<string, BlobRef>(),
        };
        Assert.Equal(sampled ? 4L : null, stage.Key(Unit(4)).Seed);
    }

    private static MllmPrompter Prompter(IVisualQuestioner model, double temperature) => new(
        model, null, null, new PromptAssembler(t => t.Split(' ').Length, new PromptOptions()), new StimulusMapBuilder(new StimulusMapOptions()), DomainHints.Default, new PrompterOptions { Temperature = temperature });

    private sealed class Recorder : IVisualQuestioner
    {
        public List<(ulong Seed, int Questions)> Asked { get; } = [];

        public IPictureConversation Look(RgbImage picture) => new Conversation(this);

        private sealed class Conversation(Recorder owner) : IPictureConversation
        {
            public IReadOnlyList<IVisualAnswer> Ask(IReadOnlyList<string> questions, AskOptions options, CancellationToken cancellation)
            {
                owner.Asked.Add((options.Seed, questions.Count));
                return [.. questions.Select(_ => new Said())];
            }

            public void Dispose()
            {
                // Nothing is held.
            }
        }

        private sealed class Said : IVisualAnswer
        {
            public string Text => Answer;

            public IReadOnlyList<(int Start, int End)> Tokens => [];

            public IReadOnlyList<AttentionGrid>? AttentionOf(IReadOnlyList<int> tokens) => null;

            public void Dispose()
            {
                // Nothing is held.
            }
        }
    }
}
