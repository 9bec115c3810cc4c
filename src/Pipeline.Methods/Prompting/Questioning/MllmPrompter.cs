using Pipeline.Imaging;
using Pipeline.Methods.Emotions;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// The first step of Moodifier: (P_src, P_E, stimuli, M_E) = MLLM(picture, emotion). The picture is encoded once for all its emotions; an answer that
/// says nothing is asked for once more in short form; what is still missing then comes from the captioner and a template. Never fails because of what
/// a model says. Pure but for the models behind the interfaces.
/// </summary>
/// <param name="questioner">The multimodal model; null works with the fallbacks alone.</param>
/// <param name="captioner">Describes a picture in a sentence, where the model did not; null leaves P_src empty.</param>
/// <param name="grounder">Segmenter; null uses boxes and attention.</param>
/// <param name="assembler">Builds the prompts for the text encoder.</param>
/// <param name="maps">Builds the stimulus map.</param>
/// <param name="hints">Style words by domain.</param>
/// <param name="options">How to ask.</param>
public sealed class MllmPrompter(
    IVisualQuestioner? questioner,
    Func<RgbImage, string>? captioner,
    IRegionGrounder? grounder,
    PromptAssembler assembler,
    StimulusMapBuilder maps,
    DomainHints hints,
    PrompterOptions options)
{
    /// <summary>Prompts and maps for every emotion of the request, in its order.</summary>
    public IReadOnlyList<EmotionPrompts> Prompt(PromptRequest request, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(request.Emotions.Count, nameof(request));
        List<EmotionQuestion> questions = [.. request.Emotions.Select(e => new EmotionQuestion(e, request.Mode, hints.For(request.Domain, e)))];
        using var grounded = request.Mask is null ? grounder?.Look(request.Picture) : null;
        var caption = new Lazy<string>(() => captioner?.Invoke(request.Picture) ?? "");
        if (questioner is null || IsDecided(request))
            return [.. questions.Select(q => Finish(request, q, Heard.Nothing(isFallback: !IsDecided(request)), caption, grounded))];

        using var conversation = questioner.Look(request.Picture);
        var scene = request.SourcePrompt ?? Describe(conversation, request, cancellation);
        questions = [.. questions.Select(q => q with { Scene = scene })];
        var finished = new List<EmotionPrompts>();
        foreach (var part in questions.Chunk(options.QuestionsAtOnce))
        {
            foreach (var (question, heard) in part.Zip(Ask(conversation, request, part, cancellation)))
                finished.Add(Finish(request, question, heard, caption, grounded));
        }
        return finished;
    }

    /// <summary>True where the user's own prompt and region leave nothing to ask.</summary>
    private static bool IsDecided(PromptRequest request) => request.TargetPrompt is not null && (request.Mask is not null || request.Stimuli is not null);

    private static string Describe(IPictureConversation conversation, PromptRequest request, CancellationToken cancellation)
    {
        using var answer = conversation.Ask([SceneQuestion.Text], new AskOptions(SceneQuestion.MaxNewTokens, 0, request.Seed), cancellation)[0];
        return SceneQuestion.Read(answer.Text);
    }

    private List<Heard> Ask(IPictureConversation conversation, PromptRequest request, EmotionQuestion[] questions, CancellationToken cancellation)
    {
        var size = new PictureSize(request.Picture.Width, request.Picture.Height);
        var first = Listen(conversation, [.. questions.Select(q => q.Text(options.Form))], options.Temperature, request, size, asked: 1, cancellation);
        for (var i = 0; i < first.Count; i++)
        {
            if (!first[i].Answer.IsUsable)
                first[i] = Listen(conversation, [questions[i].Text(QuestionForm.ShortJson)], 0, request, size, asked: 2, cancellation)[0];
        }
        return first;
    }

    private List<Heard> Listen(
        IPictureConversation conversation, IReadOnlyList<string> texts, double temperature, PromptRequest request, PictureSize size, int asked, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var answers = conversation.Ask(texts, new AskOptions(options.MaxNewTokens, temperature, request.Seed), cancellation);
        try
        {
            return [.. answers.Select(answer => Understand(answer, request, size, asked))];
        }
        finally
        {
            foreach (var answer in answers)
                answer.Dispose();
        }
    }

    private Heard Understand(IVisualAnswer answer, PromptRequest request, PictureSize size, int asked)
    {
        var parsed = AnswerParser.Parse(answer.Text, size);
        var wantsAttention = options.UseAttention && request.Mask is null && request.Stimuli is null && parsed.IsUsable;
        var (phrases, neutral) = wantsAttention ? AttentionEvidence.Read(answer, parsed.Stimuli) : (StimulusEvidence.None.Attention, null);
        var raw = PlainText.WithoutLoneSurrogates(answer.Text);
        return new Heard(parsed, phrases, neutral, asked, raw.Length <= options.MaxRawAnswer ? raw : PlainText.CutAtWord(raw, options.MaxRawAnswer));
    }

    private EmotionPrompts Finish(PromptRequest request, EmotionQuestion question, Heard heard, Lazy<string> caption, IGroundedPicture? grounded)
    {
        // What an answer on one emotion says about the picture as it is must not reach P_src, which all emotions share.
        var answer = heard.Answer with { SourceCaption = question.Scene };
        if (request.Stimuli is { } given)
            answer = answer with { Stimuli = given };
        else if (request.Mode == SubjectMode.Face)
            answer = FaceParts.Enforce(answer, question.Emotion.Adjective);
        var needsCaption = answer.SourceCaption.Length == 0 && request.SourcePrompt is null;
        var complete = FallbackPrompts.Complete(answer, question, needsCaption ? caption.Value : "");
        var source = assembler.Source(request.SourcePrompt ?? complete.SourceCaption);
        var target = request.TargetPrompt is { } own ? assembler.Given(own, complete.Stimuli) : assembler.Target(complete.TargetCaption, complete.Stimuli);
        var map = request.Mask is { } mask
            ? maps.Given(mask, request.WorkingSize, complete.Stimuli)
            : maps.Build(request.WorkingSize.Width, request.WorkingSize.Height, complete.Stimuli, complete.Keep, new StimulusEvidence(heard.Attention, heard.Neutral, grounded));
        return new EmotionPrompts(question.Emotion, source, target, map, complete.Status, complete.Notes, heard.Asked, heard.RawAnswer, complete.OverallEmotion);
    }

    /// <summary>What is known after asking.</summary>
    private sealed record Heard(ParsedAnswer Answer, IReadOnlyDictionary<string, AttentionGrid> Attention, AttentionGrid? Neutral, int Asked, string RawAnswer)
    {
        public static Heard Nothing(bool isFallback) =>
            new(new ParsedAnswer(isFallback ? ParseStatus.Fallback : ParseStatus.Strict, "", "", [], [], "", []), StimulusEvidence.None.Attention, null, 0, "");
    }
}
