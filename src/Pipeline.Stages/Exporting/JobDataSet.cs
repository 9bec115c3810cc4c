using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Ledger;
using Pipeline.Stages.Collecting;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Exporting;

/// <summary>
/// The data set of a job that has ended, from ledger and artefacts, without being written anywhere: its lists lie in a temporary folder, its files are read where the artefacts are. Lines and files are those of the data set
/// that is written at the end of a job, because the same writer makes them. Keeps some eighty bytes a file in memory.
/// </summary>
public sealed class JobDataSet : IObjectSpace
{
    private readonly IArtefactStore store;
    private readonly string folder = Directory.CreateTempSubdirectory("moodpipe-export-").FullName;
    private readonly IObjectSpace lists;
    private readonly Dictionary<UInt128, Content> files = [];

    private JobDataSet(IArtefactStore store, StoreAddress address)
    {
        (this.store, Address) = (store, address);
        lists = ObjectSpaces.Open(folder, new StoreOptions { FlushToDisk = false });
    }

    /// <summary>Address of the artefacts.</summary>
    public StoreAddress Address { get; }

    /// <summary>Looks up what the data set is.</summary>
    /// <param name="ledger">The ledger that knows the job; not needed afterwards.</param>
    /// <param name="store">The artefacts of the job; must live as long as the data set, and is not disposed with it.</param>
    /// <param name="address">Where they are.</param>
    /// <param name="jobId">Job.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="ExportException">The ledger does not know the job, it has not ended, or what its items were made of is no longer stored.</exception>
    public static async Task<JobDataSet> MakeAsync(ILedger ledger, IArtefactStore store, StoreAddress address, string jobId, CancellationToken cancellation)
    {
        JobInfo job = await ledger.FindJobAsync(jobId, cancellation).ConfigureAwait(false) ?? throw new ExportException($"the ledger has no job '{jobId}'");
        if (job.State is not (JobState.Done or JobState.DoneWithErrors or JobState.Cancelled or JobState.Failed))
        {
            throw new ExportException($"job {jobId} has not ended: it is exported when all of its items have, or when it is cancelled");
        }

        JobDefaults defaults = DefaultsOf(jobId, await ledger.SpecAsync(jobId, cancellation).ConfigureAwait(false));
        var made = new JobDataSet(store, address);
        try
        {
            await new DataSetWriter(ledger, store, new ResultAssembler(defaults), made).WriteAsync(jobId, cancellation).ConfigureAwait(false);
            return made;
        }
        catch (ArtefactMissingException e)
        {
            made.Dispose();
            throw new ExportException($"the data set of job {jobId} cannot be made from its artefacts in {address}: {e.Message}. Submit it again under another name: what is stored is found, the rest is made again", e);
        }
        catch
        {
            made.Dispose();
            throw;
        }
    }

    /// <summary>The lists.</summary>
    public IAsyncEnumerable<ObjectEntry> ListAsync(string prefix, string? after, CancellationToken cancellation) => lists.ListAsync(prefix, after, cancellation);

    /// <inheritdoc />
    public async Task<ObjectContent?> TryOpenAsync(string key, CancellationToken cancellation)
    {
        if (!files.TryGetValue(NumberOf(key), out Content content))
        {
            return await lists.TryOpenAsync(key, cancellation).ConfigureAwait(false);
        }

        try
        {
            return new ObjectContent(await store.OpenBlobAsync(content.Blob, cancellation).ConfigureAwait(false), content.Size);
        }
        catch (ArtefactMissingException)
        {
            return null;
        }
    }

    /// <inheritdoc />
    public Task<ObjectEntry?> TryDescribeAsync(string key, CancellationToken cancellation) => lists.TryDescribeAsync(key, cancellation);

    /// <summary>Takes the name for the artefact of this digest: nothing has to be copied.</summary>
    public Task<bool> HasAsync(string key, long size, string sha256, CancellationToken cancellation)
    {
        files[NumberOf(key)] = new Content(Half(sha256, 0), Half(sha256, 32), size);
        return Task.FromResult(true);
    }

    /// <inheritdoc />
    public Task<IObjectWriter> CreateAsync(string key, string mediaType, CancellationToken cancellation) => lists.CreateAsync(key, mediaType, cancellation);

    /// <inheritdoc />
    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellation) => lists.DeleteAsync(keys, cancellation);

    /// <summary>Forgets everything and removes the temporary folder.</summary>
    public void Dispose()
    {
        lists.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    // A coordinator's jobs and embedded runs describe themselves differently; both say their defaults.
    private static JobDefaults DefaultsOf(string jobId, string spec)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(spec);
            return document.RootElement.GetProperty("defaults").Deserialize<JobDefaults>(ContractJson.Options)!;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new ExportException($"the ledger's description of job {jobId} cannot be read: {e.Message}", e);
        }
    }

    private static UInt128 NumberOf(string key) => Half(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), 0);

    private static UInt128 Half(string sha256, int start) => UInt128.Parse(sha256.AsSpan(start, 32), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private readonly record struct Content(UInt128 First, UInt128 Second, long Size)
    {
        public BlobRef Blob => new($"{First:x32}{Second:x32}", Size, "application/octet-stream");
    }
}
