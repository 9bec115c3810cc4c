using Pipeline.Imaging;
using Pipeline.Models.Generation;
using Pipeline.Models.LlavaNext;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.LlavaNext;

/// <summary>The conversation around the tiny reference checkpoints, whose numbers the parity cases hold; here sharing, batching and attention are compared with plain runs.</summary>
public sealed class LlavaNextSessionTests : IDisposable
{
    private static readonly GenerationOptions s_greedy = new() { MaxNewTokens = 8, StopTokens = new HashSet<int>() };
    private static readonly string[] s_questions = ["What is shown?", "What is shown in this picture, and why does it look sad?", "Name one colour."];

    private readonly LlavaNextModel _model = LlavaNextModel.Load(Directory("llava_next_mistral"));

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Later_questions_of_a_session_are_answered_as_in_a_fresh_one()
    {
        using var shared = _model.Look(Picture(0));
        foreach (var question in s_questions.Append(s_questions[0]))
        {
            using var fresh = _model.Look(Picture(0));
            Assert.Equal(fresh.Ask(question, s_greedy).TokenIds, shared.Ask(question, s_greedy).TokenIds);
        }
    }

    [Fact]
    public void Only_what_differs_from_the_last_prompt_is_read()
    {
        using var session = _model.Look(Picture(0));
        Assert.Equal(0, session.CachedPositions);
        session.Ask(s_questions[0], s_greedy);
        var (first, second) = (_model.PromptIds(s_questions[0]), _model.PromptIds(s_questions[1]));
        var common = first.Zip(second).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.True(common > _model.Network.ImageRun(first, session.Layout.Count).Start + 2, "both questions begin alike");
        Assert.Equal(session.Layout.Count - 1 + common, session.SharedWith(second));
    }

    [Fact]
    public void Questions_in_a_batch_are_answered_as_one_by_one()
    {
        using var batch = _model.Look(Picture(0));
        using var single = _model.Look(Picture(0));
        var together = batch.AskAll(s_questions, s_greedy);
        Assert.Equal(s_questions.Select(q => single.Ask(q, s_greedy).TokenIds), together.Select(a => a.TokenIds));
    }

    [Fact]
    public void Pictures_in_a_batch_are_answered_as_one_by_one()
    {
        var questions = Enumerable.Range(0, 3).Select(i => new ImageQuestion(Picture(i), s_questions[i])).ToArray();
        var together = _model.AnswerAll(questions, s_greedy);
        for (var i = 0; i < questions.Length; i++)
        {
            using var alone = _model.Answer(questions[i].Image, questions[i].Question, s_greedy);
            Assert.Equal(alone.TokenIds, together[i].TokenIds);
            Assert.Equal(alone.Text, together[i].Text);
            var (a, b) = (alone.AttentionToImage([1, 4]), together[i].AttentionToImage([1, 4]));
            Assert.All(a.Rows.Zip(b.Rows), pair => AssertClose(pair.First, pair.Second));
            together[i].Dispose();
        }
    }

    [Theory]
    [InlineData("llava_next_mistral", 0)]
    [InlineData("llava_next_mistral", 1)]
    [InlineData("llava_next_vicuna", 0)]
    public void Attention_by_teacher_forcing_equals_attention_collected_while_writing(string checkpoint, int picture)
    {
        using var model = LlavaNextModel.Load(Directory(checkpoint));
        using var session = model.Look(Picture(picture, checkpoint));
        var prompt = model.PromptIds("Why?");
        using var recorder = new AttentionRowRecorder
        {
            Layers = 3,
            KeyStart = model.Network.ImageRun(prompt, session.Layout.Count).Start,
            KeyCount = session.Layout.BaseCount,
        };
        var written = session.Continue(prompt, s_greedy, recorder);
        foreach (var (layers, range) in new (int[], Range?)[] { ([1], null), ([0, 1, 2], ..), ([2], 2..), ([0], ..1) })
        {
            int[] tokens = [0, 3, 7, 2];
            var forced = session.AttentionToImage(prompt, written, tokens, range);
            Assert.Equal(session.Layout.Grid, forced.Grid);
            for (var i = 0; i < tokens.Length; i++)
            {
                using var scope = NewDisposeScope();
                var kept = recorder.Passes[tokens[i]];                              // [layers, 1, heads, 1, g²]
                var mean = stack([.. layers.Select(l => kept[l])], 0).mean([0, 2]);
                AssertClose(mean.Values(), forced.Rows[i]);
            }
        }

        using var all = session.AttentionRowsToImage(prompt, written, [0, 3, 7], 1..);       // [2 layers, heads, 3 tokens, g²]
        foreach (var (position, token) in new[] { (0, 0), (1, 3), (2, 7) })
        {
            using var scope = NewDisposeScope();
            Tensors.AssertClose(recorder.Passes[token].narrow(0, 1, 2).squeeze(1).squeeze(2), all.narrow(2, position, 1).squeeze(2), 1e-5);
        }

        // The session goes on as if nothing had been asked.
        Assert.Equal(written, session.Continue(prompt, s_greedy));
    }

    [Fact]
    public void Attention_of_an_answer_is_still_right_after_other_questions()
    {
        using var session = _model.Look(Picture(1));
        var answer = session.Ask(s_questions[0], s_greedy);
        var before = answer.AttentionToImage([2]);
        session.Ask(s_questions[1], s_greedy);
        AssertClose(before.Rows[0], answer.AttentionToImage([2]).Rows[0]);
        Assert.InRange(before.Rows[0].Sum(), 0.001f, 1f);
    }

    [Fact]
    public void Sampling_repeats_with_its_seed()
    {
        var options = new GenerationOptions { MaxNewTokens = 12, Temperature = 1, TopP = 0.9, TopK = 50, Seed = 5, StopTokens = new HashSet<int>() };
        using var session = _model.Look(Picture(0));
        var first = session.Ask(s_questions[0], options).TokenIds;
        Assert.Equal(first, session.Ask(s_questions[0], options).TokenIds);
        Assert.NotEqual(first, session.Ask(s_questions[0], options with { Seed = 6 }).TokenIds);
    }

    [Fact]
    public void The_end_token_of_the_generation_config_stops_an_answer()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in System.IO.Directory.GetFiles(Directory("llava_next_mistral")))
        {
            File.Copy(file, folder.File(Path.GetFileName(file)));
        }

        using var session = _model.Look(Picture(0));
        var free = session.Ask(s_questions[0], s_greedy).TokenIds;
        var stop = free[3];
        File.WriteAllText(folder.File("generation_config.json"), $$"""{"eos_token_id": [9999, {{stop}}], "pad_token_id": 1}""");
        using var stopping = LlavaNextModel.Load(folder.Path);
        using var answer = stopping.Answer(Picture(0), s_questions[0], new GenerationOptions { MaxNewTokens = 8 });
        Assert.Equal(free.Take(free.ToList().IndexOf(stop) + 1), answer.TokenIds);
    }

    [Fact]
    public void Every_character_of_an_answer_belongs_to_a_token()
    {
        using var answer = _model.Answer(Picture(0), s_questions[0], s_greedy with { MaxNewTokens = 40 });
        Assert.Equal(answer.TokenIds.Count, answer.TokenSpans.Count);
        var covered = new HashSet<int>(answer.TokenSpans.SelectMany(s => Enumerable.Range(s.Start, s.Length)));
        Assert.Equal(Enumerable.Range(0, answer.Text.Length), covered.Order());
        var middle = answer.TokenSpans.First(s => s.Start > 0 && s.Length > 0);
        Assert.Contains(answer.TokenSpans.ToList().IndexOf(middle), answer.TokensOf(middle));
    }

    [Fact]
    public void A_prompt_with_one_image_token_a_vector_means_the_same()
    {
        using var session = _model.Look(Picture(0));
        var prompt = _model.PromptIds("Why?");
        var (at, _) = _model.Network.ImageRun(prompt, session.Layout.Count);
        int[] expanded = [.. prompt.Take(at), .. Enumerable.Repeat(prompt[at], session.Layout.Count), .. prompt.Skip(at + 1)];
        var written = session.Continue(prompt, s_greedy);
        Assert.Equal(written, session.Continue(expanded, s_greedy));
        Assert.Equal(session.AttentionToImage(prompt, written, [3]).Rows[0], session.AttentionToImage(expanded, written, [3]).Rows[0]);
    }

    [Fact]
    public void A_question_with_the_image_mark_is_refused()
    {
        using var session = _model.Look(Picture(0));
        Assert.Throws<ArgumentException>(() => session.Ask("what about <image> this?", s_greedy));
    }

    [Fact]
    public void A_disposed_session_says_so()
    {
        var session = _model.Look(Picture(0));
        var answer = session.Ask(s_questions[0], s_greedy);
        session.Dispose();
        Assert.Throws<ObjectDisposedException>(() => answer.AttentionToImage([0]));
    }

    [Fact]
    public void No_tensor_is_left_behind() => Tensors.AssertNothingLeft(() =>
    {
        using var session = _model.Look(Picture(0));
        using var answer = session.Ask(s_questions[0], s_greedy);
        answer.AttentionToImage([0, 2]);
        foreach (var other in session.AskAll(s_questions, s_greedy))
        {
            other.Dispose();
        }

        foreach (var other in _model.AnswerAll([new ImageQuestion(Picture(0), "a"), new ImageQuestion(Picture(1), "b c d")], s_greedy))
        {
            other.AttentionToImage([1]);
            other.Dispose();
        }
    });

    private static string Directory(string checkpoint) => Fixtures.Path("goldens", "transformers", checkpoint);

    private static RgbImage Picture(int index, string checkpoint = "llava_next_mistral") =>
        ImageCodec.Default.DecodeFile(Path.Combine(Directory(checkpoint), $"image{index}.png"));

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.First - pair.Second, -1e-5f, 1e-5f));
    }
}
