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

namespace Pipeline.Stages.Embedded;

/// <summary>Turns claims of the ledger into messages: the claim and its message are one commit, the message is sent afterwards.</summary>
internal sealed class Dispatcher(ILedger ledger, IArtefactStore store, IStageOutbox outbox, JobInfo job, JobDefaults defaults, TimeProvider time)
{
    private readonly HashSet<string> storedSettings = new(StringComparer.Ordinal);

    /// <summary>Claims up to a number of items and sends them to their first stage. Returns the number of messages.</summary>
    public async Task<int> DispatchAsync(int credits, bool oversize, TimeSpan lease, CancellationToken cancellation)
    {
        var settings = new Dictionary<string, WorkSettings>(StringComparer.Ordinal);
        IReadOnlyList<OutboxMessage> messages = await ledger.ClaimAsync(job.Id, credits, oversize, lease, Body, cancellation).ConfigureAwait(false);
        foreach ((string digest, WorkSettings value) in settings)
        {
            if (storedSettings.Add(digest))
            {
                await SettingsStore.WriteAsync(store, value, cancellation).ConfigureAwait(false);
            }
        }

        foreach (OutboxMessage message in messages)
        {
            StageWork work = ContractJson.Deserialize<StageWork>(message.Body);
            using Activity? root = StageMetrics.Traces.StartActivity("item dispatch", ActivityKind.Producer, default(ActivityContext));
            await outbox.SendAsync(work with { SentUtc = time.GetUtcNow(), TraceParent = root?.Id }, cancellation).ConfigureAwait(false);
        }

        if (messages.Count > 0)
        {
            await ledger.ConfirmSentAsync([.. messages.Select(m => m.Id)], cancellation).ConfigureAwait(false);
        }

        return messages.Count;

        byte[] Body(PictureDispatch dispatch)
        {
            JobLine line = ContractJson.Deserialize<JobLine>(Encoding.UTF8.GetBytes(dispatch.LineJson));
            WorkSettings own = defaults.SettingsOf(line);
            string digest = own.Digest();
            settings[digest] = own;
            return ContractJson.Serialize(Work(dispatch, line, digest));
        }
    }

    private StageWork Work(PictureDispatch dispatch, JobLine line, string settingsDigest)
    {
        var inputs = new Dictionary<string, InputRef>(StringComparer.Ordinal) { ["source"] = new() { Uri = dispatch.SourceUri, DeclaredSha256 = dispatch.DeclaredSha256 } };
        if (line.Mask is { } mask)
        {
            inputs["mask"] = new InputRef { Uri = mask };
        }

        return new StageWork
        {
            JobId = job.Id,
            Picture = dispatch.Picture,
            Attempt = dispatch.Attempt,
            Epoch = dispatch.Epoch,
            Stage = StageNames.Prompt,
            Itinerary = [.. StageGraph.Stages(job.StageMask).Where(s => s != StageNames.Prompt)],
            Targets = [.. dispatch.Items.Select(i => new EditTarget { Item = i.Item, Emotion = i.Emotion, Intensity = i.Intensity, Variant = i.Variant, Seed = i.Seed })],
            Inputs = inputs,
            SettingsDigest = settingsDigest,
        };
    }
}
