using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Stages.Messaging;

/// <summary>Looks at a message before anything is done with it: whoever may write into a queue may write anything.</summary>
public static class MessageCheck
{
    /// <summary>Most edits that a message may be about.</summary>
    public const int MaxTargets = 512;

    private const int MaxName = 100;
    private const int MaxText = 4096;
    private const int MaxInputs = 64;

    /// <summary>Why work cannot be done by a stage, or null. Newer layouts are fine: only optional fields are ever added.</summary>
    public static string? Problem(StageWork work, string stage)
    {
        if (work.SchemaVersion < 1 || work.Picture < 0 || work.Attempt < 0 || work.Epoch < 0)
        {
            return "a number is negative";
        }

        if (!IsJobId(work.JobId))
        {
            return $"job '{Shown(work.JobId)}' is no name of a job";
        }

        if (work.Stage != stage)
        {
            return $"it is for stage '{Shown(work.Stage)}', not {stage}";
        }

        if (work.Itinerary is null || work.Itinerary.Any(s => !StageNames.All.Contains(s)))
        {
            return "its itinerary has an unknown stage";
        }

        if (!Sha256Digest.IsValid(work.SettingsDigest))
        {
            return "its settings have no digest";
        }

        return work.Targets is not { Count: >= 1 and <= MaxTargets } ? $"it is about no edit, or more than {MaxTargets}"
            : work.Targets.Any(t => t is null || t.Item < 0 || t.Emotion is not { Length: >= 1 and <= MaxText } || !AreInputs(t.Inputs)) ? "an edit in it cannot be used"
            : !AreInputs(work.Inputs) || !work.Inputs.ContainsKey("source") ? "its inputs cannot be used"
            : null;
    }

    /// <summary>Why outcomes cannot be recorded, or null.</summary>
    public static string? Problem(StageResult result) => result.SchemaVersion < 1 || result.Epoch < 0 ? "a number is negative"
        : !IsJobId(result.JobId) ? $"job '{Shown(result.JobId)}' is no name of a job"
        : !StageNames.All.Contains(result.Stage) ? $"stage '{Shown(result.Stage)}' is unknown"
        : result.Entries is not { Count: >= 1 and <= MaxTargets } ? $"it has no outcomes, or more than {MaxTargets}"
        : result.Entries.Any(e => e is null || e.Item < 0 || e.Attempt < 0 || !Enum.IsDefined(e.Outcome) || (e.WorkKey is { } key && !Sha256Digest.IsValid(key)) || !IsError(e.Error)) ? "an outcome in it cannot be used"
        : null;

    /// <summary>Why a sign of life cannot be used, or null.</summary>
    public static string? Problem(WorkerBeat beat) => beat.WorkerId is not { Length: >= 1 and <= MaxName } ? "the worker has no name"
        : beat.Stages is null || beat.InHand is null || beat.InHand.Any(i => i is null || !IsJobId(i.JobId) || i.Item < 0) ? "what the worker has in hand cannot be read"
        : null;

    private static bool IsJobId(string? id) =>
        id is { Length: >= 1 and <= MaxName } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && id is not ("." or "..");

    private static bool AreInputs(IReadOnlyDictionary<string, InputRef>? inputs) => inputs is { Count: <= MaxInputs } && inputs.All(i =>
        i.Key.Length is >= 1 and <= MaxName && i.Value is { } input && (input.Blob is not null || input.Uri is { Length: >= 1 and <= MaxText })
        && (input.Blob is not { } blob || (Sha256Digest.IsValid(blob.Sha256) && blob.Size >= 0)));

    private static bool IsError(ItemError? error) => error is null || (error.Code is { Length: <= MaxName } && error.Message is not null && error.Fingerprint is { Length: <= MaxName });

    private static string Shown(string? text) => text is null ? "" : string.Concat(text.Take(40).Select(c => char.IsControl(c) ? '?' : c));
}
