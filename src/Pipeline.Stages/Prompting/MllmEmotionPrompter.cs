using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Json;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;

namespace Pipeline.Stages.Prompting;

/// <summary>The MLLM step of Moodifier as the stage sees it.</summary>
/// <param name="prompter">The step.</param>
/// <param name="mapLongSide">Longest side of a stimulus map, pixels; it covers the whole picture whatever its size.</param>
public sealed class MllmEmotionPrompter(MllmPrompter prompter, int mapLongSide = 768) : IEmotionPrompter
{
    // Domains whose pictures are faces: the stimuli are then the three expressive parts, changed in place.
    private static readonly string[] FaceDomains = ["face", "portrait"];

    /// <inheritdoc />
    public IReadOnlyList<PromptResult> Prompt(RgbImage picture, IReadOnlyList<Emotion> emotions, GivenPrompts given, ulong seed, CancellationToken cancellation)
    {
        var request = new PromptRequest(picture, MapSize(picture), emotions)
        {
            Domain = given.Domain,
            Mode = given.Domain is { } domain && FaceDomains.Contains(domain, StringComparer.OrdinalIgnoreCase) ? SubjectMode.Face : SubjectMode.General,
            SourcePrompt = given.SourcePrompt,
            TargetPrompt = given.TargetPrompt,
            Stimuli = given.StimuliJson is { } json ? Stimuli(json, picture) : emotions.Contains(EmotionTaxonomy.None) ? [] : null,
            Mask = given.MaskImage,
            Seed = seed,
        };
        return [.. prompter.Prompt(request, cancellation).Select(p => new PromptResult(Record(p), p.Map.Map))];
    }

    // The manifest's stimuli have the form of an answer, and get the same checks and repairs.
    private static IReadOnlyList<Stimulus> Stimuli(string json, RgbImage picture) =>
        AnswerParser.Parse($$"""{"source_caption":"given","target_caption":"given","stimuli":{{json}}}""", new PictureSize(picture.Width, picture.Height)).Stimuli;

    private PictureSize MapSize(RgbImage picture)
    {
        double scale = Math.Min(1.0, (double)mapLongSide / Math.Max(picture.Width, picture.Height));
        return new PictureSize(Math.Max(1, (int)Math.Round(picture.Width * scale)), Math.Max(1, (int)Math.Round(picture.Height * scale)));
    }

    private static PromptRecord Record(EmotionPrompts prompts)
    {
        IReadOnlyList<Stimulus> stimuli = [.. prompts.Map.Stimuli.Select(s => s.Stimulus)];
        return new PromptRecord
        {
            Emotion = prompts.Emotion.Noun,
            Source = prompts.Source.Text,
            Target = prompts.Target.Text,
            TargetPhrases = [.. stimuli.Select(s => s.TargetPhrase).Where(p => p.Length > 0)],
            SourcePhrases = [.. stimuli.Select(s => s.SourcePhrase).Where(p => p.Length > 0)],
            Stimuli = ContractJson.ToElement(new JsonArray([.. prompts.Map.Stimuli.Select(Row)])),
            ParseStatus = prompts.Status.ToString().ToLowerInvariant(),
            ParseNotes = [.. prompts.Notes.Select(n => n.ToString())],
            MaskSource = prompts.Map.Source.ToRecordText(),
            MaskArea = prompts.Map.Area,
            MaskNotes = prompts.Map.Notes,
            OverallEmotion = prompts.OverallEmotion,
            RawAnswer = prompts.RawAnswer,
        };
    }

    private static JsonNode Row(LocatedStimulus located)
    {
        Stimulus s = located.Stimulus;
        return new JsonObject
        {
            ["source_phrase"] = s.SourcePhrase, ["target_phrase"] = s.TargetPhrase, ["detail"] = s.Detail, ["importance"] = s.Importance,
            ["action"] = JsonNamingPolicy.CamelCase.ConvertName(s.Action.ToString()), ["box"] = s.Boxes.Count == 1 ? Box(s.Boxes[0]) : new JsonArray([.. s.Boxes.Select(Box)]),
            ["mapSource"] = located.Source.ToRecordText(), ["area"] = located.Area,
        };
    }

    private static JsonNode Box(UnitBox box) => new JsonArray(box.Left, box.Top, box.Right, box.Bottom);
}
