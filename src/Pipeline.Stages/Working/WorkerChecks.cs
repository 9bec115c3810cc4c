using System.Text;
using Microsoft.Extensions.Logging;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Hosting.Connections;
using Pipeline.Stages.Core;
using Pipeline.Stages.Messaging;
using Pipeline.Storage;

namespace Pipeline.Stages.Working;

/// <summary>What a worker makes sure of before it takes work: once at its start, and when it was unfit.</summary>
internal sealed class WorkerChecks(WorkerOptions options, BrokerOptions broker, WorkerParts parts, ComputeThread compute, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <summary>Broker and topology are there. Waits a little for a topology that is being deployed; a broker that does not answer is an error at once.</summary>
    /// <exception cref="BrokerException">They are not.</exception>
    public async Task BrokerAsync(CancellationToken stop)
    {
        long start = options.Time.GetTimestamp();
        while (true)
        {
            // Limits are the operator's choice; what counts here is that the queues and some policy with a limit and a target are there.
            TopologyReport report = await Topology.VerifyAsync(broker, new TopologyOptions(), stop).ConfigureAwait(false);
            string? missing = report.Differences.FirstOrDefault(TopologyReport.IsUnsafe);
            if (missing is null)
            {
                return;
            }

            if (options.Time.GetElapsedTime(start) > options.TopologyLimit)
            {
                throw new BrokerException(ErrorCodes.BrokerTopology, $"{broker}: {missing}; a message that kills its worker would come again forever or be lost. Run 'moodpipe topology deploy'");
            }

            WorkerLog.WaitingForTopology(logger, missing);
            await Task.Delay(Pause, options.Time, stop).ConfigureAwait(false);
        }
    }

    /// <summary>The store answers these credentials.</summary>
    public Task StoreAsync(CancellationToken stop) => parts.Store.TryReadManifestAsync(new ManifestKey("settings", new string('0', 64)), stop);

    /// <summary>Models are loaded and warm.</summary>
    public Task ModelsAsync(CancellationToken stop) => compute.RunAsync(
        () =>
        {
            parts.WarmUp?.Invoke();
            return true;
        },
        stop);

    /// <summary>Whether a worker that was unfit can work again: models load, and the store takes something.</summary>
    /// <returns>Null, or what is still wrong.</returns>
    public async Task<Exception?> RecoveryAsync(CancellationToken stop)
    {
        try
        {
            await ModelsAsync(stop).ConfigureAwait(false);
            byte[] content = Encoding.UTF8.GetBytes($"probe of worker {options.WorkerId} at {options.Time.GetUtcNow():O}\n");
            BlobRef blob = await parts.Store.PutBlobAsync(content, "text/plain", stop).ConfigureAwait(false);
            await parts.Store.DiscardBlobAsync(blob, stop).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            return e;
        }
    }
}
