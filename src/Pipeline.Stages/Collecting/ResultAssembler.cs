using System.Globalization;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Results;
using Pipeline.Contracts.Topology;
using Pipeline.Contracts.Work;
using Pipeline.Ledger;
using Pipeline.Stages.Captioning;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Prompting;
using Pipeline.Stages.Scoring;

namespace Pipeline.Stages.Collecting;

/// <summary>
/// Makes the records of one item from the ledger and the stages' manifests, and from nothing else, so that it needs no models and the same work gives the same bytes wherever it was done.
/// </summary>
/// <param name="defaults">What holds for lines that do not say otherwise.</param>
public sealed class ResultAssembler(JobDefaults defaults)
{
    /// <summary>The settings of a line.</summary>
    public WorkSettings SettingsOf(JobLine line) => defaults.SettingsOf(line);

    /// <summary>The metadata of an item: nothing that differs between two runs of the same work.</summary>
    /// <param name="item">The item.</param>
    /// <param name="line">Its manifest line.</param>
    /// <param name="manifests">Manifests of its stages.</param>
    /// <param name="output">Its files; null where there are none.</param>
    public ResultRecord Metadata(ItemReport item, JobLine line, IReadOnlyDictionary<string, StageManifest> manifests, ResultOutput? output)
    {
        WorkSettings settings = defaults.SettingsOf(line);
        PromptFacts? prompt = Facts<PromptFacts>(manifests, StageNames.Prompt);
        EditFacts? edit = Facts<EditFacts>(manifests, StageNames.Edit);
        string? source = manifests.Values.Select(SourceDigest).FirstOrDefault(d => d is not null);
        SortedDictionary<string, string> models = Models(manifests);
        return new ResultRecord
        {
            FileName = output?.Image,
            Label = item.Emotion,
            SourceId = item.PictureId,
            SourceSha256 = source,
            Id = item.PictureId,
            Emotion = item.Emotion,
            Intensity = item.Intensity,
            Variant = item.Variant,
            JobKey = source is null ? null : Key(item, settings, source, models).Digest(),
            Status = edit?.Skipped is not null ? ResultStatus.Skipped : item.State switch { ItemState.Done => ResultStatus.Ok, ItemState.Cancelled => ResultStatus.Skipped, _ => ResultStatus.Failed },
            Error = item.Failure is { } failure
                ? new ResultError { Code = failure.Code, Stage = failure.Stage, Message = failure.Message, Retriable = item.State == ItemState.Failed }
                : edit?.Skipped is { } skipped ? new ResultError { Code = SkippedEdit.Code, Stage = StageNames.Edit, Message = Reason(item.Emotion, skipped) } : null,
            Output = output,
            Caption = edit?.Skipped is not null ? null : Facts<CaptionFacts>(manifests, StageNames.Caption)?.Caption,
            Prompts = prompt is null ? null : new ResultPrompts { Source = prompt.Source, Target = prompt.Target, Negative = edit?.Negative ?? prompt.Negative },
            Stimuli = prompt?.Stimuli,
            ParseStatus = prompt?.ParseStatus,
            MaskSource = edit?.MaskSource ?? prompt?.MaskSource,
            MaskArea = prompt?.MaskArea,
            Metrics = edit?.Skipped is null && Facts<ScoreFacts>(manifests, StageNames.Score)?.Metrics is { } metrics ? new SortedDictionary<string, double>(metrics.ToDictionary(), StringComparer.Ordinal) : null,
            Method = settings.Method,
            Params = settings.Params,
            Seed = item.Seed,
            TimestepsUsed = edit?.TimestepsUsed,
            Models = models.Count == 0 ? null : models,
            UnetForwards = edit?.UnetForwards,
            Labels = line.Labels,
            Work = manifests.Count == 0 ? null : StageNames.All.Where(manifests.ContainsKey).ToDictionary(s => s, s => manifests[s].WorkKey),
        };
    }

    /// <summary>What differs between runs: who did it, when, how long it took.</summary>
    public static RunRecord Provenance(string jobId, ItemReport item, IReadOnlyDictionary<string, StageManifest> manifests)
    {
        ManifestProducer? edit = manifests.GetValueOrDefault(StageNames.Edit)?.Producer;
        return new RunRecord
        {
            Id = item.PictureId,
            Emotion = item.Emotion,
            Variant = item.Variant,
            JobId = jobId,
            Retries = item.Attempt,
            Timings = StageNames.All.Where(s => manifests.GetValueOrDefault(s)?.Producer?.ComputeSeconds is not null).ToDictionary(s => s, s => manifests[s].Producer!.ComputeSeconds!.Value),
            Cached = [.. item.Stages.Values.Where(s => s.Outcome == StageOutcome.Cached).Select(s => s.Stage).Order(StringComparer.Ordinal)],
            UnetForwards = edit?.UnetForwards,
            Device = edit?.Device,
            Versions = edit?.Version is { } version ? new Dictionary<string, string> { ["moodpipe"] = version } : null,
            CreatedAt = edit?.StartedAt,
        };
    }

    /// <summary>Whether an edit was left out because its source evokes the emotion already: there is no file then.</summary>
    public static bool IsSkipped(IReadOnlyDictionary<string, StageManifest> manifests) => Facts<EditFacts>(manifests, StageNames.Edit)?.Skipped is not null;

    private static string Reason(string emotion, SkippedEdit skipped) =>
        string.Create(CultureInfo.InvariantCulture, $"the source evokes {emotion} already: probability {skipped.Probability:0.000}, skipIfAlready {skipped.Threshold:0.###}");

    private static JobKey Key(ItemReport item, WorkSettings settings, string source, SortedDictionary<string, string> models) => new()
    {
        ImageSha256 = source, Emotion = item.Emotion, Intensity = item.Intensity, Seed = item.Seed, Method = settings.Method, Inversion = settings.Inversion, Params = settings.Params,
        Models = models,
    };

    // What the work keys say that the results depend on, the earlier stage first.
    private static SortedDictionary<string, string> Models(IReadOnlyDictionary<string, StageManifest> manifests)
    {
        var models = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string stage in StageNames.All.Where(manifests.ContainsKey))
        {
            if (manifests[stage].KeyInputs.TryGetProperty("models", out JsonElement own) && own.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty model in own.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.String))
                {
                    models.TryAdd(model.Name, model.Value.GetString()!);
                }
            }
        }

        return models;
    }

    private static T? Facts<T>(IReadOnlyDictionary<string, StageManifest> manifests, string stage)
        where T : class
    {
        if (manifests.GetValueOrDefault(stage)?.Facts is not { ValueKind: JsonValueKind.Object } facts)
        {
            return null;
        }

        try
        {
            return facts.Deserialize<T>(ContractJson.Options);
        }
        catch (JsonException)
        {
            return null; // facts of another version are left out rather than guessed
        }
    }

    private static string? SourceDigest(StageManifest manifest) =>
        manifest.KeyInputs.TryGetProperty("inputs", out JsonElement inputs) && inputs.TryGetProperty("source", out JsonElement source) ? source.GetString() : null;
}
