using System.Diagnostics;
using System.Text;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Telemetry;
using Pipeline.Storage;

namespace Pipeline.Stages.Dispatching;

/// <summary>Turns claims of the ledger into messages: the claim and its message are one commit, the message is sent afterwards.</summary>
/// <param name="ledger">Ledger.</param>
/// <param name="store">Where the settings of lines are stored.</param>
/// <param name="outbox">Sends.</param>
/// <param name="time">Clock.</param>
/// <param name="parallelSends">Most sends that wait for the broker's confirmation at the same time; 1 keeps the order.</param>
public sealed class WorkDispatcher(ILedger ledger, IArtefactStore store, IStageOutbox outbox, TimeProvider time, int parallelSends = 1)
{
    private const int MaxKnownSettings = 10_000;
    private const int ResendPage = 1000;
    private readonly HashSet<string> storedSettings = new(StringComparer.Ordinal);

    /// <summary>Claims up to a number of items and sends them to their first stage. Returns the number of items.</summary>
    public async Task<int> DispatchAsync(DispatchTarget job, int credits, bool oversize, TimeSpan lease, CancellationToken cancellation)
    {
        var settings = new Dictionary<string, WorkSettings>(StringComparer.Ordinal);
        int items = 0;
        IReadOnlyList<OutboxMessage> messages = await ledger.ClaimAsync(job.JobId, credits, oversize, lease, Body, cancellation).ConfigureAwait(false);
        foreach ((string digest, WorkSettings value) in settings.Where(s => !storedSettings.Contains(s.Key)))
        {
            await SettingsStore.WriteAsync(store, value, cancellation).ConfigureAwait(false);
            if (storedSettings.Count >= MaxKnownSettings)
            {
                storedSettings.Clear();
            }

            storedSettings.Add(digest);
        }

        await SendAsync(messages, cancellation).ConfigureAwait(false);
        return items;

        byte[] Body(PictureDispatch dispatch)
        {
            JobLine line = ContractJson.Deserialize<JobLine>(Encoding.UTF8.GetBytes(dispatch.LineJson));
            WorkSettings own = job.Defaults.SettingsOf(line);
            string digest = own.Digest();
            settings[digest] = own;
            items += dispatch.Items.Count;
            return ContractJson.Serialize(Work(job, dispatch, line, digest));
        }
    }

    /// <summary>
    /// Sends what was committed and never confirmed, after a coordinator died or the broker was away. A message may be sent twice; the second one finds the work done. Settings are
    /// written again first, because the commit may be older than them.
    /// </summary>
    /// <returns>Number of messages.</returns>
    public async Task<int> ResendAsync(DispatchTarget job, CancellationToken cancellation)
    {
        int sent = 0;
        while (true)
        {
            IReadOnlyList<OutboxMessage> messages = await ledger.UnsentAsync(job.JobId, ResendPage, cancellation).ConfigureAwait(false);
            if (messages.Count == 0)
            {
                return sent;
            }

            await RestoreSettingsAsync(job, messages, cancellation).ConfigureAwait(false);
            await SendAsync(messages, cancellation).ConfigureAwait(false);
            sent += messages.Count;
        }
    }

    // The claim was committed, perhaps not yet its settings: they follow from the manifest lines, which the ledger has.
    private async Task RestoreSettingsAsync(DispatchTarget job, IReadOnlyList<OutboxMessage> messages, CancellationToken cancellation)
    {
        var missing = new HashSet<string>(StringComparer.Ordinal);
        foreach (string digest in messages.Select(m => ContractJson.Deserialize<StageWork>(m.Body).SettingsDigest).Distinct().Where(d => !storedSettings.Contains(d)))
        {
            if (await SettingsStore.IsStoredAsync(store, digest, cancellation).ConfigureAwait(false))
            {
                storedSettings.Add(digest);
            }
            else
            {
                missing.Add(digest);
            }
        }

        if (missing.Count == 0)
        {
            return;
        }

        await foreach (ItemReport item in ledger.ItemsAsync(job.JobId, cancellation).ConfigureAwait(false))
        {
            WorkSettings settings = job.Defaults.SettingsOf(ContractJson.Deserialize<JobLine>(Encoding.UTF8.GetBytes(item.LineJson)));
            if (missing.Remove(settings.Digest()))
            {
                storedSettings.Add(await SettingsStore.WriteAsync(store, settings, cancellation).ConfigureAwait(false));
                if (missing.Count == 0)
                {
                    return;
                }
            }
        }
    }

    private async Task SendAsync(IReadOnlyList<OutboxMessage> messages, CancellationToken cancellation)
    {
        foreach (OutboxMessage[] group in messages.Chunk(Math.Max(1, parallelSends)))
        {
            await Task.WhenAll(group.Select(message => SendAsync(message, cancellation))).ConfigureAwait(false);
            if (parallelSends > 1)
            {
                await ledger.ConfirmSentAsync([.. group.Select(m => m.Id)], cancellation).ConfigureAwait(false);
            }
        }

        if (parallelSends <= 1 && messages.Count > 0)
        {
            await ledger.ConfirmSentAsync([.. messages.Select(m => m.Id)], cancellation).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(OutboxMessage message, CancellationToken cancellation)
    {
        StageWork work = ContractJson.Deserialize<StageWork>(message.Body);
        using Activity? root = StageMetrics.Traces.StartActivity("item dispatch", ActivityKind.Producer, default(ActivityContext));
        // A picture with very many edits would not fit into one message; its own part is computed once all the same.
        foreach (EditTarget[] group in work.Targets.Chunk(WorkRouter.PictureGroup))
        {
            await outbox.SendAsync(work with { Targets = group, SentUtc = time.GetUtcNow(), TraceParent = root?.Id }, cancellation).ConfigureAwait(false);
        }
    }

    private static StageWork Work(DispatchTarget job, PictureDispatch dispatch, JobLine line, string settingsDigest)
    {
        var inputs = new Dictionary<string, InputRef>(StringComparer.Ordinal)
        {
            ["source"] = new() { Uri = SourceAddress.Resolve(job.SourceBase, dispatch.SourceUri), DeclaredSha256 = dispatch.DeclaredSha256 },
        };
        if (line.Mask is { } mask)
        {
            inputs["mask"] = new InputRef { Uri = SourceAddress.Resolve(job.SourceBase, mask) };
        }

        return new StageWork
        {
            JobId = job.JobId,
            Picture = dispatch.Picture,
            Attempt = dispatch.Attempt,
            Epoch = dispatch.Epoch,
            Stage = StageNames.Prompt,
            Itinerary = [.. StageGraph.Stages(job.StageMask).Where(s => s != StageNames.Prompt)],
            Targets = [.. dispatch.Items.Select(i => new EditTarget { Item = i.Item, Emotion = i.Emotion, Intensity = i.Intensity, Variant = i.Variant, Seed = i.Seed })],
            Inputs = inputs,
            SettingsDigest = settingsDigest,
            Class = job.Class,
            Alone = dispatch.Suspect ? true : null,
            Tenant = job.Tenant,
        };
    }
}
