using System.CommandLine;
using Pipeline.Cli.Cluster;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Coordinator.Jobs;
using Pipeline.Hosting.Connections;
using Pipeline.Ledger;
using Pipeline.Stages.Collecting;
using Pipeline.Stages.Exporting;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Cli.Storage;

/// <summary>
/// What <c>moodpipe export</c> reads: a data set by its address, or a job's. A job's written data set is used where its coordinator knows it and it is there; else the data set is made from the ledger and the artefacts.
/// </summary>
internal sealed class ExportSource : IDisposable
{
    private readonly IArtefactStore? store;

    private ExportSource(IObjectSpace dataSet, IArtefactStore? store = null) => (DataSet, this.store) = (dataSet, store);

    /// <summary>The data set.</summary>
    public IObjectSpace DataSet { get; }

    public void Dispose()
    {
        DataSet.Dispose();
        (store as IDisposable)?.Dispose();
    }

    /// <summary>Opens what <c>--from</c> names.</summary>
    /// <param name="from">A folder, a bucket, or the name of a job.</param>
    /// <param name="ledger">What <c>--ledger</c> says: then no coordinator is asked.</param>
    /// <param name="artefacts">What <c>--store</c> says.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="places">How stores are reached.</param>
    /// <param name="client">How the coordinator is reached.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="CommandFailure">The job has not ended, or its data set can be had nowhere.</exception>
    public static async Task<ExportSource> OpenAsync(
        string from, string? ledger, string? artefacts, ParseResult parsed, StoragePlaces places, ClientOptions client, CancellationToken cancellation)
    {
        // A name without slashes that is no folder here is a job's.
        if (!JobNames.IsValid(from) || (ledger is null && Directory.Exists(from)))
        {
            return new ExportSource(ObjectSpaces.Open(from, places.Options(parsed, "OUTPUT")));
        }

        string missing = $"--store must name the artefacts of job {from}, as --ledger names its ledger";
        if (ledger is null)
        {
            using CoordinatorClient coordinator = client.Connect(parsed);
            JobView job = await coordinator.GetAsync<JobView>($"/jobs/{Uri.EscapeDataString(from)}", cancellation).ConfigureAwait(false);
            if (!job.Ended)
            {
                throw CommandFailure.Usage($"job {from} is {job.State}: its data set is written when all of its items have ended ('moodpipe watch {from}' waits for that)");
            }

            IObjectSpace written = ObjectSpaces.Open(job.DataSet, places.Options(parsed, "OUTPUT"));
            if (await written.TryDescribeAsync(DataSetWriter.MetadataFile, cancellation).ConfigureAwait(false) is not null)
            {
                return new ExportSource(written);
            }

            written.Dispose();
            missing = $"job {from} is {job.State} and {job.DataSet} has no data set; name its ledger and its artefacts (--ledger, --store) to export what they hold";
        }

        SettingsSource settings = places.Settings(parsed);
        return await FromLedgerAsync(
            from, ledger ?? settings.Find("ledger") ?? throw CommandFailure.Usage(missing), artefacts ?? settings.Find("store") ?? throw CommandFailure.Usage(missing), parsed, places, cancellation).ConfigureAwait(false);
    }

    private static async Task<ExportSource> FromLedgerAsync(string job, string ledgerAddress, string artefacts, ParseResult parsed, StoragePlaces places, CancellationToken cancellation)
    {
        var address = StoreAddress.Parse(artefacts);
        // Opening would make an empty store there.
        if (address.Folder is { } folder && !Directory.Exists(folder))
        {
            throw CommandFailure.Usage($"--store {folder} does not exist");
        }

        ILedger ledger = await Connections.ExistingLedgerAsync(ledgerAddress, places.Settings(parsed), cancellation).ConfigureAwait(false);
        await using (ledger.ConfigureAwait(false))
        {
            IArtefactStore store = ArtefactStores.Open(address, places.Options(parsed));
            try
            {
                return new ExportSource(await JobDataSet.MakeAsync(ledger, store, address, job, cancellation).ConfigureAwait(false), store);
            }
            catch
            {
                (store as IDisposable)?.Dispose();
                throw;
            }
        }
    }
}
