using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Work;
using Pipeline.Stages.Telemetry;
using Pipeline.Storage;

namespace Pipeline.Stages.Core;

/// <summary>The first three of the four moves, for a batch of units: look up, compute, put. (The fourth, publish, is the consumer's.)</summary>
internal sealed class StageRunner<TIn, TOut>(IStage<TIn, TOut> stage) : StageRunner
{
    public override IStage Stage => stage;

    public override UnitKey KeyOf(StageUnit unit) => stage.Key(unit);

    public override async Task<IReadOnlyList<UnitResult>> RunAsync(IReadOnlyList<StageUnit> units, StageServices services, CancellationToken cancellation)
    {
        Job[] jobs = [.. units.Select(Plan)];
        // Equal work is done once, also inside a batch.
        Job[] distinct = [.. jobs.Where(j => j.Result is null).DistinctBy(j => j.Key)];
        for (Job[] open = distinct; open.Length > 0; open = [.. open.Where(j => j.Result is null)])
        {
            // What another batch of this process has in hand comes after the rest, when it is done there.
            ILookup<bool, Job> taken = open.ToLookup(j => services.Claims.TryTake(stage.Name, j.Key));
            await WorkAsync([.. taken[true]], services, cancellation).ConfigureAwait(false);
            await Task.WhenAll(taken[false].Select(j => services.Claims.FreeAsync(stage.Name, j.Key, cancellation))).ConfigureAwait(false);
        }

        var byKey = distinct.ToDictionary(j => j.Key, j => j.Result!);
        return [.. jobs.Select(j => j.Result ?? byKey[j.Key])];
    }

    // Every job has a result afterwards, and its claim is free.
    private async Task WorkAsync(Job[] claimed, StageServices services, CancellationToken cancellation)
    {
        // What a batch made is encoded and written on other threads while the next one is computed.
        Task storing = Task.CompletedTask;
        try
        {
            await Task.WhenAll(claimed.Select(j => GuardAsync(j, () => LookUpAsync(j, services, cancellation), cancellation))).ConfigureAwait(false);
            Release(claimed.Where(j => j.Result is not null), services);
            foreach (Job[] batch in claimed.Where(j => j.Result is null).ToArray().Chunk(Math.Max(1, stage.MaxBatch)))
            {
                await Task.WhenAll(batch.Select(j => GuardAsync(j, () => LoadAsync(j, services, cancellation), cancellation))).ConfigureAwait(false);
                await ComputeAsync([.. batch.Where(j => j.Result is null)], services, cancellation).ConfigureAwait(false);
                await storing.ConfigureAwait(false);
                storing = StoreAsync(batch, services, cancellation);
            }
        }
        finally
        {
            await storing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Release(claimed.Where(j => !j.IsReleased), services);
        }

        await storing.ConfigureAwait(false);
    }

    private async Task StoreAsync(Job[] batch, StageServices services, CancellationToken cancellation)
    {
        await Task.WhenAll(batch.Where(j => j.Result is null).Select(j => Task.Run(() => GuardAsync(j, () => StoreAsync(j, services, cancellation), cancellation), CancellationToken.None))).ConfigureAwait(false);
        Release(batch, services);
    }

    private void Release(IEnumerable<Job> jobs, StageServices services)
    {
        foreach (Job job in jobs)
        {
            job.IsReleased = true;
            services.Claims.Release(stage.Name, job.Key);
        }
    }

    private Job Plan(StageUnit unit)
    {
        var job = new Job(unit);
        try
        {
            job.Inputs = KeyOf(unit).Inputs(stage.Name, stage.Implementation, stage.Models, unit);
            job.Key = job.Inputs.Digest();
        }
        catch (Exception e)
        {
            job.Result = new UnitResult { Error = e };
        }

        return job;
    }

    private static async Task GuardAsync(Job job, Func<Task> move, CancellationToken cancellation)
    {
        try
        {
            await move().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e)
        {
            job.Result = new UnitResult { Error = e };
            ThrowIfEnvironment(e);
        }
    }

    private async Task LookUpAsync(Job job, StageServices services, CancellationToken cancellation)
    {
        var key = new ManifestKey(stage.Name, job.Key);
        byte[]? bytes = await RetryAsync(job, services, () => services.Store.TryReadManifestAsync(key, cancellation), cancellation).ConfigureAwait(false);
        if (bytes is null)
        {
            return;
        }

        StageManifest? manifest = TryParse(bytes);
        foreach (BlobRef blob in manifest?.Outputs.Values ?? [])
        {
            manifest = await services.Store.HasBlobAsync(blob, cancellation).ConfigureAwait(false) ? manifest : null;
        }

        if (manifest is null)
        {
            // Outputs are lost or the manifest is damaged: it no longer keeps its promise, so the work is done again.
            await services.Store.WithdrawManifestAsync(key, cancellation).ConfigureAwait(false);
            return;
        }

        StageMetrics.CacheHits.Add(1, StageMetrics.Tag(stage.Name));
        job.Result = new UnitResult { Manifest = manifest, Cached = true };
    }

    private async Task LoadAsync(Job job, StageServices services, CancellationToken cancellation)
    {
        long start = services.Time.GetTimestamp();
        try
        {
            job.In = await RetryAsync(job, services, () => stage.LoadAsync(job.Unit, services.Store, cancellation), cancellation).ConfigureAwait(false);
        }
        catch (ArtefactCorruptException e)
        {
            // Out of the way, so that the producing stage makes it anew when the item comes again.
            await services.Store.DiscardBlobAsync(e.Blob, cancellation).ConfigureAwait(false);
            throw;
        }

        job.LoadMs = Milliseconds(services, start);
        job.BytesIn = job.Inputs!.Inputs.Keys.Sum(name => job.Unit.Inputs[name].Size);
    }

    private async Task ComputeAsync(Job[] batch, StageServices services, CancellationToken cancellation)
    {
        if (batch.Length == 0)
        {
            return;
        }

        long start = services.Time.GetTimestamp();
        try
        {
            IReadOnlyList<UnitOutcome<TOut>> outcomes = await services.Compute.RunAsync(() => stage.Compute([.. batch.Select(j => j.In!)], cancellation), cancellation, services.Lane).ConfigureAwait(false);
            if (outcomes.Count != batch.Length)
            {
                throw new InvalidOperationException($"stage {stage.Name} gave {outcomes.Count} results for {batch.Length} units");
            }

            TimeSpan elapsed = services.Time.GetElapsedTime(start);
            StageMetrics.ComputeSeconds.Record(elapsed.TotalSeconds, StageMetrics.Tag(stage.Name));
            StageMetrics.BatchSize.Record(batch.Length, StageMetrics.Tag(stage.Name));
            for (int i = 0; i < batch.Length; i++)
            {
                (batch[i].Out, batch[i].ComputeMs, batch[i].BatchSize) = (outcomes[i].Value, (long)elapsed.TotalMilliseconds / batch.Length, batch.Length);
                if (outcomes[i].Error is { } error)
                {
                    batch[i].Result = new UnitResult { Error = error, ComputeMs = batch[i].ComputeMs };
                    ThrowIfEnvironment(error);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (EnvironmentFaultException)
        {
            throw;
        }
        catch (Exception e)
        {
            ThrowIfEnvironment(e);
            await HalveAsync(batch, e, services, cancellation).ConfigureAwait(false);
        }
    }

    // Out of memory, or one unit that breaks the whole batch: smaller batches find out.
    private async Task HalveAsync(Job[] batch, Exception error, StageServices services, CancellationToken cancellation)
    {
        if (batch.Length == 1)
        {
            batch[0].Result = new UnitResult { Error = error };
            return;
        }

        StageMetrics.Retries.Add(1, StageMetrics.Tag(stage.Name));
        int half = batch.Length / 2;
        await ComputeAsync(batch[..half], services, cancellation).ConfigureAwait(false);
        await ComputeAsync(batch[half..], services, cancellation).ConfigureAwait(false);
    }

    private async Task StoreAsync(Job job, StageServices services, CancellationToken cancellation)
    {
        long start = services.Time.GetTimestamp();
        UnitOutput output = await RetryAsync(job, services, () => stage.StoreAsync(job.Unit, job.Out!, services.Store, cancellation), cancellation).ConfigureAwait(false);
        var manifest = new StageManifest
        {
            Stage = stage.Name,
            WorkKey = job.Key,
            KeyInputs = job.Inputs!.ToElement(),
            Outputs = new SortedDictionary<string, BlobRef>(output.Outputs.ToDictionary(), StringComparer.Ordinal),
            Facts = output.Facts is null ? null : JsonSerializer.SerializeToElement(output.Facts, ContractJson.Options),
            Warnings = output.Warnings,
            Producer = Producer(job, output, services),
        };
        var key = new ManifestKey(stage.Name, job.Key);
        byte[] bytes = ContractJson.Serialize(manifest);
        PublishedManifest published = await RetryAsync(job, services, () => services.Store.PublishManifestAsync(key, bytes, cancellation), cancellation).ConfigureAwait(false);
        // Who was first wins: everybody goes on with the same outputs.
        StageManifest winner = published.Won ? manifest : TryParse(published.Content) ?? manifest;
        StageMetrics.UnetForwards.Add(output.UnetForwards ?? 0, StageMetrics.Tag(stage.Name));
        job.Result = new UnitResult { Manifest = winner, LoadMs = job.LoadMs, ComputeMs = job.ComputeMs, StoreMs = Milliseconds(services, start), BytesIn = job.BytesIn };
    }

    private static ManifestProducer Producer(Job job, UnitOutput output, StageServices services) => new()
    {
        Worker = services.WorkerId,
        Device = services.Device,
        Version = services.Version,
        StartedAt = services.Time.GetUtcNow() - TimeSpan.FromMilliseconds(job.ComputeMs * Math.Max(1, job.BatchSize)),
        ComputeSeconds = job.ComputeMs / 1000.0,
        BatchSize = job.BatchSize,
        UnetForwards = output.UnetForwards,
        TraceId = System.Diagnostics.Activity.Current?.TraceId.ToString(),
    };

    private StageManifest? TryParse(byte[] bytes)
    {
        try
        {
            StageManifest manifest = ContractJson.Deserialize<StageManifest>(bytes);
            return manifest.Stage == stage.Name && manifest.Outputs.Values.All(b => Sha256Digest.IsValid(b.Sha256) && b.Size >= 0) ? manifest : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void ThrowIfEnvironment(Exception e)
    {
        if (FaultClassifier.Classify(e) is (var code, FaultClass.Environment))
        {
            throw e as EnvironmentFaultException ?? new EnvironmentFaultException(code, e.Message, e);
        }
    }

    private Task<T> RetryAsync<T>(Job job, StageServices services, Func<Task<T>> access, CancellationToken cancellation) => services.Retry.RunAsync(
        access, job.Key.GetHashCode(StringComparison.Ordinal), () => StageMetrics.Retries.Add(1, StageMetrics.Tag(stage.Name)), cancellation);

    private static long Milliseconds(StageServices services, long start) => (long)services.Time.GetElapsedTime(start).TotalMilliseconds;

    private sealed class Job(StageUnit unit)
    {
        public StageUnit Unit { get; } = unit;

        public WorkKeyInputs? Inputs { get; set; }

        public string Key { get; set; } = "";

        public TIn? In { get; set; }

        public TOut? Out { get; set; }

        public UnitResult? Result { get; set; }

        // Once: later the claim may be somebody else's.
        public bool IsReleased { get; set; }

        public long LoadMs { get; set; }

        public long ComputeMs { get; set; }

        public int BatchSize { get; set; }

        public long BytesIn { get; set; }
    }
}
