using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Messages;
using Pipeline.Stages.Core;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Telemetry;

namespace Pipeline.Stages.Consuming;

/// <summary>
/// Works on the messages of one stage, whatever brought them: look up, compute, put, publish. A message counts as handled only when its outcomes are sent, so whoever
/// called may acknowledge it then. An item that fails never affects another.
/// </summary>
public sealed class StageHandler(StageRunner runner, StageServices services, SourceIntake intake, WorkGate gate, IStageOutbox outbox, IWorkObserver observer, ILogger logger)
{
    private const int MaxCachedSettings = 1000;
    private readonly ConcurrentDictionary<string, WorkSettings> settingsCache = new(StringComparer.Ordinal);

    /// <summary>The stage.</summary>
    public IStage Stage => runner.Stage;

    /// <summary>Handles a batch of messages.</summary>
    /// <exception cref="EnvironmentFaultException">This worker cannot work; nothing of the batch was published.</exception>
    public async Task HandleAsync(IReadOnlyList<StageWork> works, CancellationToken cancellation)
    {
        observer.Taken(works);
        try
        {
            Message[] messages = [.. works.Where(Wanted).Select(w => new Message(w, StartSpan(w)))];
            try
            {
                await WorkAsync(messages, cancellation).ConfigureAwait(false);
                foreach (Message message in messages)
                {
                    await PublishAsync(message, cancellation).ConfigureAwait(false);
                }
            }
            finally
            {
                Array.ForEach(messages, m => m.Span?.Dispose());
            }
        }
        catch (EnvironmentFaultException e)
        {
            StageLog.Unfit(logger, Stage.Name, e.Code, e.Message);
            observer.Unfit(e);
            throw;
        }
        finally
        {
            observer.Finished(works);
        }
    }

    private bool Wanted(StageWork work)
    {
        if (gate.Refuse(work) is not { } reason)
        {
            return true;
        }

        StageLog.Dropped(logger, Stage.Name, work.JobId, work.Picture, reason);
        return false;
    }

    // One trace per item: the parent comes from the message, not from whatever delivered it.
    private Activity? StartSpan(StageWork work)
    {
        Activity? outer = Activity.Current;
        _ = ActivityContext.TryParse(work.TraceParent, null, isRemote: true, out ActivityContext parent);
        Activity? span = StageMetrics.Traces.StartActivity($"{Stage.Name} process", ActivityKind.Consumer, parent);
        span?.SetTag("moodpipe.job", work.JobId).SetTag("moodpipe.picture", work.Picture).SetTag("moodpipe.stage", Stage.Name);
        Activity.Current = outer;
        if (work.SentUtc is { } sent)
        {
            StageMetrics.QueueSeconds.Record(Math.Max(0, (services.Time.GetUtcNow() - sent).TotalSeconds), StageMetrics.Tag(Stage.Name));
        }

        StageLog.Taken(logger, Stage.Name, work.JobId, work.Picture, work.Targets.Count, span?.TraceId.ToString());
        return span;
    }

    // A defect outside of the units would fault every message of the batch: alone, each shows whose it is, and the item carries it.
    private async Task WorkAsync(Message[] messages, CancellationToken cancellation)
    {
        try
        {
            await PrepareAsync(messages, cancellation).ConfigureAwait(false);
            await RunUnitsAsync(messages, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or EnvironmentFaultException))
        {
            if (messages is [{ } single])
            {
                single.FailAll(new UnitResult { Error = e });
                return;
            }

            foreach (Message message in messages)
            {
                await WorkAsync([message], cancellation).ConfigureAwait(false);
            }
        }
    }

    // Settings and sources: what fails here fails the whole message.
    private Task PrepareAsync(Message[] messages, CancellationToken cancellation) => Task.WhenAll(messages.Select(async message =>
    {
        try
        {
            message.Settings = await SettingsAsync(message.Work.SettingsDigest, cancellation).ConfigureAwait(false);
            foreach ((string name, InputRef input) in message.Work.Inputs)
            {
                message.Inputs[name] = await services.Retry.RunAsync(
                    () => intake.TakeAsync(name, input, cancellation), (int)message.Work.Picture, null, cancellation).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            if (FaultClassifier.Classify(e) is (var code, FaultClass.Environment))
            {
                throw new EnvironmentFaultException(code, e.Message, e);
            }

            message.FailAll(new UnitResult { Error = e });
        }
    }));

    private async Task<WorkSettings> SettingsAsync(string digest, CancellationToken cancellation)
    {
        if (settingsCache.TryGetValue(digest, out WorkSettings? known))
        {
            return known;
        }

        WorkSettings settings = await services.Retry.RunAsync(() => SettingsStore.ReadAsync(services.Store, digest, cancellation), 0, null, cancellation).ConfigureAwait(false);
        if (settingsCache.Count >= MaxCachedSettings)
        {
            settingsCache.Clear();
        }

        return settingsCache[digest] = settings;
    }

    private async Task RunUnitsAsync(Message[] messages, CancellationToken cancellation)
    {
        Message[] open = [.. messages.Where(m => !m.IsFailed)];
        if (Stage.Scope == UnitScope.Picture)
        {
            IReadOnlyList<UnitResult> pictures = await runner.RunAsync([.. open.Select(m => m.PictureUnit())], services, cancellation).ConfigureAwait(false);
            for (int i = 0; i < open.Length; i++)
            {
                open[i].TakePicture(pictures[i], Stage);
            }

            return;
        }

        (Message Message, int Target)[] units = [.. open.SelectMany(m => m.Work.Targets.Select((_, t) => (m, t)))];
        IReadOnlyList<UnitResult> results = await runner.RunAsync([.. units.Select(u => u.Message.TargetUnit(u.Target))], services, cancellation).ConfigureAwait(false);
        for (int i = 0; i < units.Length; i++)
        {
            units[i].Message.TakeTarget(units[i].Target, results[i], Stage);
        }
    }

    private async Task PublishAsync(Message message, CancellationToken cancellation)
    {
        string? traceParent = message.Span?.Id ?? message.Work.TraceParent;
        DateTimeOffset now = services.Time.GetUtcNow();
        foreach (StageWork next in WorkRouter.Next(message.Work, message.Inputs, message.Survivors()))
        {
            await outbox.SendAsync(next with { SentUtc = now, TraceParent = traceParent }, cancellation).ConfigureAwait(false);
        }

        foreach (IReadOnlyList<StageResultEntry> entries in ResultPacking.Pack(message.Entries(now)))
        {
            var result = new StageResult
            {
                JobId = message.Work.JobId, Epoch = message.Work.Epoch, Stage = Stage.Name, Entries = entries, WorkerId = services.WorkerId, Device = services.Device,
            };
            await outbox.SendAsync(result, cancellation).ConfigureAwait(false);
            Report(message, entries);
        }
    }

    private void Report(Message message, IReadOnlyList<StageResultEntry> entries)
    {
        string? trace = message.Span?.TraceId.ToString();
        foreach (StageResultEntry entry in entries)
        {
            StageMetrics.Items.Add(1, StageMetrics.Tag(Stage.Name), new("outcome", entry.Outcome.ToString()));
            StageMetrics.Bytes.Add(entry.BytesIn, StageMetrics.Tag(Stage.Name), new("direction", "in"));
            StageMetrics.Bytes.Add(entry.BytesOut, StageMetrics.Tag(Stage.Name), new("direction", "out"));
            if (entry.Error is { } error)
            {
                message.Span?.SetStatus(ActivityStatusCode.Error, error.Code);
                StageLog.Failed(logger, Stage.Name, message.Work.JobId, entry.Item, error.Code, error.Message, error.Fingerprint, trace);
            }
            else
            {
                StageLog.Ended(logger, Stage.Name, entry.Outcome.ToString(), message.Work.JobId, entry.Item, entry.ComputeMs, trace);
            }
        }
    }

    private sealed class Message(StageWork work, Activity? span)
    {
        private readonly UnitResult?[] results = new UnitResult?[work.Targets.Count];
        private readonly Dictionary<string, InputRef>[] targetInputs = [.. work.Targets.Select(t => t.Inputs.ToDictionary())];

        public StageWork Work { get; } = work;

        public Activity? Span { get; } = span;

        public WorkSettings? Settings { get; set; }

        public Dictionary<string, InputRef> Inputs { get; } = new(StringComparer.Ordinal);

        public bool IsFailed { get; private set; }

        public void FailAll(UnitResult failure)
        {
            IsFailed = true;
            Array.Fill(results, failure);
        }

        // What all edits of the message have in common is the picture's as well, such as the source prompt.
        public StageUnit PictureUnit() => new()
        {
            Settings = Settings!,
            Inputs = Blobs(Inputs.Concat(targetInputs[0].Where(i => targetInputs.All(t => t.TryGetValue(i.Key, out InputRef? other) && other.Blob?.Sha256 == i.Value.Blob?.Sha256)))),
        };

        public StageUnit TargetUnit(int target) =>
            new() { Settings = Settings!, Target = Work.Targets[target], Inputs = Blobs(Inputs.Concat(targetInputs[target])) };

        public void TakePicture(UnitResult result, IStage stage)
        {
            IsFailed = result.Manifest is null;
            if (result.Manifest is { } manifest)
            {
                Add(Inputs, manifest, stage);
            }

            // The picture's cost is shared by its edits, so that their counts add up to what was spent.
            long share = result.ComputeMs / results.Length;
            Array.Fill(results, result with { ComputeMs = share });
            results[0] = result with { ComputeMs = result.ComputeMs - (share * (results.Length - 1)) };
        }

        public void TakeTarget(int target, UnitResult result, IStage stage)
        {
            results[target] = result;
            if (result.Manifest is { } manifest)
            {
                Add(targetInputs[target], manifest, stage);
            }
        }

        public IReadOnlyList<EditTarget> Survivors() =>
            [.. Work.Targets.Select((t, i) => t with { Inputs = targetInputs[i] }).Where((_, i) => results[i]?.Manifest is not null)];

        public IEnumerable<StageResultEntry> Entries(DateTimeOffset now) => Work.Targets.Select((target, i) =>
        {
            UnitResult result = results[i] ?? throw new InvalidOperationException($"item {target.Item} has no result");
            ItemError? error = result.Error is null ? null : FaultClassifier.Describe(result.Error);
            return new StageResultEntry
            {
                Item = target.Item,
                Attempt = Work.Attempt,
                Outcome = error is not null ? FaultClassifier.Outcome(error.Class) : result.Cached ? StageOutcome.Cached : StageOutcome.Done,
                WorkKey = result.Manifest?.WorkKey,
                Error = error,
                QueuedMs = Work.SentUtc is { } sent ? Math.Max(0, (long)(now - sent).TotalMilliseconds) : 0,
                DownloadMs = result.LoadMs,
                ComputeMs = result.ComputeMs,
                UploadMs = result.StoreMs,
                BytesIn = result.BytesIn,
                BytesOut = result.BytesOut,
            };
        });

        private static void Add(Dictionary<string, InputRef> inputs, StageManifest manifest, IStage stage)
        {
            foreach ((string name, BlobRef blob) in manifest.Outputs)
            {
                inputs[$"{stage.Name}.{name}"] = InputRef.Stored(blob);
            }
        }

        private static Dictionary<string, BlobRef> Blobs(IEnumerable<KeyValuePair<string, InputRef>> inputs)
        {
            var blobs = new Dictionary<string, BlobRef>(StringComparer.Ordinal);
            foreach ((string name, InputRef input) in inputs)
            {
                blobs[name] = input.Blob ?? throw new InvalidOperationException($"input '{name}' of an edit is not stored");
            }

            return blobs;
        }
    }
}
