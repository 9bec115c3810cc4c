using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Ledger.Sqlite;
using Pipeline.Stages.Collecting;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Telemetry;
using Pipeline.Storage;
using Pipeline.Storage.Folder;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Embedded;

/// <summary>
/// A whole installation in one process: the stages on the in-memory transport, a SQLite ledger, a folder of artefacts, and a small coordinator. It may be killed at any moment;
/// the same run again takes up every item that has not ended, finds what is stored, and makes the same data set.
/// </summary>
public sealed class EmbeddedRun(EmbeddedRunOptions options, IReadOnlyList<StageRunner> stages, ILoggerFactory? loggers = null)
{
    private const int ResultBatch = 500;
    private static readonly TimeSpan ResultWait = TimeSpan.FromMilliseconds(50);
    private readonly ILogger logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("Moodpipe.Run");

    /// <summary>Runs the job to its end, or until drained or stopped.</summary>
    /// <param name="events">Told about start, progress and end; may be null.</param>
    /// <param name="drain">Cancelled to finish what is in hand and end (first Ctrl-C).</param>
    /// <param name="stop">Cancelled to end at once (second Ctrl-C).</param>
    /// <exception cref="ManifestException">The manifest cannot be used.</exception>
    /// <exception cref="Contracts.Errors.PipelineException">The machine is unfit: state folder, disk, models.</exception>
    public async Task<RunSummary> RunAsync(IProgress<RunEvent>? events, CancellationToken drain, CancellationToken stop)
    {
        int mask = StageGraph.Mask(options.Stages) | StageGraph.Required;
        StageRunner[] wanted = [.. stages.Where(s => (mask & StageGraph.Bit(s.Stage.Name)) != 0)];
        if (wanted.Length != System.Numerics.BitOperations.PopCount((uint)mask))
        {
            throw new ArgumentException($"stages {string.Join(", ", StageGraph.Stages(mask))} are wanted, implementations are given for {string.Join(", ", stages.Select(s => s.Stage.Name))}");
        }

        var manifest = new ManifestImport(options.Manifest);
        string manifestDigest = await manifest.CheckAsync(stop).ConfigureAwait(false);
        using var state = new StateFolder(options.StateFolder);
        var store = new FolderArtefactStore(new FolderStoreOptions { Root = state.Artefacts, FlushToDisk = options.FlushToDisk, Time = options.Time });
        var ledger = new SqliteLedger(new SqliteLedgerOptions { Path = state.Ledger, FlushToDisk = options.FlushToDisk, Retry = options.Retry, Time = options.Time });
        await using (ledger.ConfigureAwait(false))
        {
            JobInfo job = await ledger.OpenJobAsync(Describe(manifestDigest, mask, wanted), stop).ConfigureAwait(false);
            bool resumed = job.ImportedPictures > 0;
            if (job.State == JobState.Planning)
            {
                await manifest.ImportAsync(ledger, job, stop).ConfigureAwait(false);
            }

            int released = await TakeUpAsync(ledger, job.Id, stop).ConfigureAwait(false);
            JobProgress progress = await ledger.ProgressAsync(job.Id, stop).ConfigureAwait(false);
            StageLog.RunStarted(logger, job.Id, progress.Total, released, options.Window);
            events?.Report(new RunStarted(job.Id, progress.Total, progress.Total - progress.Open, resumed));
            var meter = new ProgressMeter(options.Time, mask);
            var lost = new LostResults(job.Id, logger);
            do
            {
                if (await OpenAsync(ledger, job.Id).ConfigureAwait(false) > 0)
                {
                    await WorkAsync(ledger, store, job, wanted, meter, events, drain, stop).ConfigureAwait(false);
                }
            }
            while (await OpenAsync(ledger, job.Id).ConfigureAwait(false) == 0 && !await IsWrittenAsync(ledger, store, lost, stop).ConfigureAwait(false));

            RunSummary summary = await FinishAsync(ledger, job.Id, meter, manifest).ConfigureAwait(false);
            events?.Report(new RunFinished(summary));
            return summary;
        }
    }

    // The same request with the same stages and models is the same job.
    private NewJob Describe(string manifestDigest, int mask, StageRunner[] wanted)
    {
        byte[] spec = CanonicalJson.Serialize(new
        {
            manifest = manifestDigest,
            defaults = options.Defaults,
            stages = wanted.Select(w => new { w.Stage.Name, w.Stage.Implementation, w.Stage.Models }),
        });
        string digest = Sha256Digest.Of(spec);
        return new NewJob
        {
            Id = options.JobId ?? $"run-{digest[..16]}", SpecJson = System.Text.Encoding.UTF8.GetString(spec), SpecDigest = digest, StageMask = mask, Window = options.Window,
        };
    }

    // What was in flight went down with the earlier process.
    private async Task<int> TakeUpAsync(SqliteLedger ledger, string jobId, CancellationToken stop)
    {
        int released = await ledger.ReleaseAsync(jobId, all: true, stop).ConfigureAwait(false);
        await ledger.SetPausedAsync(jobId, false, "the run goes on", stop).ConfigureAwait(false);
        if (options.RetryFailed)
        {
            released += await ledger.ReplayAsync(jobId, ReplaySelection.Everything, stop).ConfigureAwait(false);
        }

        return released;
    }

    private async Task WorkAsync(
        SqliteLedger ledger, FolderArtefactStore store, JobInfo job, StageRunner[] wanted, ProgressMeter meter, IProgress<RunEvent>? events, CancellationToken drain, CancellationToken stop)
    {
        using var compute = new ComputeThread();
        var services = new StageServices { Store = store, Compute = compute, Device = options.Device, Retry = options.IoRetry, Time = options.Time };
        var gate = new WorkGate(options.Time);
        IBusControl? bus = null;
        var tracker = new RunTracker(new BusOutbox(() => bus!));
        var intake = new SourceIntake(options.Sources, store, options.MaxSourceBytes);
        StageHandler[] handlers = [.. wanted.Select(w => new StageHandler(w, services, intake, gate, tracker, tracker, logger))];
        bus = Bus.Factory.CreateUsingInMemory(configure =>
        {
            Array.ForEach(handlers, handler => configure.ReceiveStage(handler, WorkClass.Bulk, stop));
            configure.ReceiveResults(results => ApplyAsync(ledger, tracker, results), ResultBatch, ResultWait);
        });
        await bus.StartAsync(stop).ConfigureAwait(false);
        try
        {
            var dispatcher = new WorkDispatcher(ledger, store, tracker, options.Time);
            var target = new DispatchTarget(job.Id, job.StageMask, options.Defaults);
            var coordinator = new Coordinator(options, ledger, job, dispatcher, target, tracker, meter, events, logger);
            await coordinator.RunAsync(drain, stop).ConfigureAwait(false);
            gate.Drain();
            if (drain.IsCancellationRequested)
            {
                events?.Report(new RunDraining(tracker.InHand));
            }

            await coordinator.DrainAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped at once: the ledger knows what has not ended.
        }
        finally
        {
            gate.Drain();
            await bus.StopAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(false);
        }

        if (tracker.Fatal.IsCompleted)
        {
            throw await tracker.Fatal.ConfigureAwait(false);
        }
    }

    private static async Task ApplyAsync(SqliteLedger ledger, RunTracker tracker, IReadOnlyList<StageResult> results)
    {
        try
        {
            await ledger.ApplyAsync(results, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            tracker.Unfit(e);
            throw;
        }
        finally
        {
            tracker.Applied(results.Count);
        }
    }

    private static async Task<long> OpenAsync(SqliteLedger ledger, string jobId) => (await ledger.ProgressAsync(jobId, CancellationToken.None).ConfigureAwait(false)).Open;

    // Whether the data set is written; otherwise items were opened again whose results are no longer stored.
    private async Task<bool> IsWrittenAsync(SqliteLedger ledger, FolderArtefactStore store, LostResults lost, CancellationToken stop)
    {
        try
        {
            using IObjectSpace target = ObjectSpaces.Open(options.OutputFolder, new StoreOptions { FlushToDisk = options.FlushToDisk, Time = options.Time });
            var writer = new DataSetWriter(ledger, store, new ResultAssembler(options.Defaults), target);
            return await lost.WriteAsync(ledger, writer, stop).ConfigureAwait(false) switch
            {
                DataSetOutcome.Written => true,
                DataSetOutcome.Reopened => false,
                _ => throw new Contracts.Errors.PipelineException(
                    ErrorCodes.ArtefactMissing, FaultClass.Environment,
                    $"results were lost from {options.StateFolder} again and again before the data set was written, and made again {LostResults.MaxRounds} times; find out why (moodpipe doctor storage --store FOLDER), then run again"),
            };
        }
        catch (ArtefactStoreException e) when (e is ArtefactMissingException or ArtefactCorruptException)
        {
            // What an item that failed has left is not made again.
            string path = Path.Combine(options.StateFolder, "ledger.db");
            string message = $"the ledger names results of failed items that are no longer stored ({e.Message}). Delete {path} and run again: what is still stored is found again, the rest is made again";
            throw new EnvironmentFaultException(e.Code, message, e);
        }
        catch (Exception e) when (e is ArtefactStoreException or IOException or UnauthorizedAccessException)
        {
            throw new EnvironmentFaultException(ErrorCodes.EnvironmentFault, $"the folder {options.OutputFolder} cannot be written: {e.Message}. All results are stored; make room and run again", e);
        }
    }

    private async Task<RunSummary> FinishAsync(SqliteLedger ledger, string jobId, ProgressMeter meter, ManifestImport manifest)
    {
        JobState state = await ledger.FinishJobAsync(jobId, CancellationToken.None).ConfigureAwait(false);
        JobProgress progress = await ledger.ProgressAsync(jobId, CancellationToken.None).ConfigureAwait(false);
        bool complete = progress.Open == 0;
        long failed = progress.Count(ItemState.Quarantined) + progress.Count(ItemState.Failed);
        StageLog.RunEnded(logger, jobId, state.ToString(), progress.Count(ItemState.Done), failed, progress.Open);
        return new RunSummary
        {
            JobId = jobId,
            State = state,
            Items = progress.Total,
            Done = progress.Count(ItemState.Done),
            Failed = failed,
            Open = progress.Open,
            Interrupted = !complete,
            Stages = meter.Stages(progress),
            Errors = await ledger.ErrorsAsync(jobId, 20, CancellationToken.None).ConfigureAwait(false),
            ManifestErrors = manifest.Errors,
            MetadataPath = complete ? Path.Combine(options.OutputFolder, DataSetWriter.MetadataFile) : null,
            Elapsed = meter.Elapsed,
        };
    }
}
