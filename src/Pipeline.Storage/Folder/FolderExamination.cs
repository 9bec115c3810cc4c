using System.Text;
using Pipeline.Contracts.Artefacts;
using Pipeline.Storage.Diagnostics;
using static Pipeline.Storage.Diagnostics.StorageExamination;

namespace Pipeline.Storage.Folder;

/// <summary>Examines a folder as a place for artefacts.</summary>
internal sealed class FolderExamination(StoreAddress address, StoreOptions options)
{
    private const long LowBytes = 2L << 30;
    private const int Racers = 16;
    private readonly string place = Path.Combine(address.Folder!, "tmp", $"doctor-{Guid.NewGuid():n}");

    public async Task<IReadOnlyList<StorageCapability>> RunAsync(CancellationToken cancellation)
    {
        var results = new List<StorageCapability>();
        try
        {
            IArtefactStore store = new FolderArtefactStore(new FolderStoreOptions { Root = place, FlushToDisk = options.FlushToDisk, Time = options.Time });
            results.Add(Ok("access", $"{address} can be written"));
            results.Add(await RoundTripAsync(store, cancellation).ConfigureAwait(false));
            results.Add(await ConditionalAsync(store, cancellation).ConfigureAwait(false));
            results.Add(Space());
        }
        catch (ArtefactStoreException e)
        {
            results.Add(Failed("access", e.Message, "choose another folder, change its permissions, or make room"));
        }
        finally
        {
            CleanUp();
        }

        return results;
    }

    private static async Task<StorageCapability> RoundTripAsync(IArtefactStore store, CancellationToken cancellation)
    {
        byte[] sample = Sample(300_000);
        BlobRef blob = await store.PutBlobAsync(sample, "application/octet-stream", cancellation).ConfigureAwait(false);
        byte[] back = await store.ReadBlobAsync(blob, sample.Length, cancellation).ConfigureAwait(false);
        return back.AsSpan().SequenceEqual(sample)
            ? Ok("round trip", $"{sample.Length} bytes came back as they were")
            : Failed("round trip", "content came back changed", "do not use this file system");
    }

    private static async Task<StorageCapability> ConditionalAsync(IArtefactStore store, CancellationToken cancellation)
    {
        var key = new ManifestKey("doctor", Sha256Digest.Of("race"u8));
        PublishedManifest[] results = await Task.WhenAll(Enumerable.Range(0, Racers).Select(i => Task.Run(
            () => store.PublishManifestAsync(key, Encoding.UTF8.GetBytes($"{i}"), cancellation), cancellation))).ConfigureAwait(false);
        int winners = results.Count(r => r.Won);
        return winners == 1
            ? Ok("conditional write", $"of {Racers} writers of one manifest one wins")
            : Failed("conditional write", $"{winners} of {Racers} writers of one manifest won", "use a file system with hard links, or a bucket");
    }

    private StorageCapability Space()
    {
        var drive = new DriveInfo(address.Folder!);
        string free = $"{drive.AvailableFreeSpace / (double)(1L << 30):0.0} GiB free on {drive.Name}";
        return drive.AvailableFreeSpace >= LowBytes ? Ok("space", free) : Degraded("space", free, "free some space: a full disk stops the workers");
    }

    private void CleanUp()
    {
        try
        {
            if (Directory.Exists(place))
            {
                Directory.Delete(place, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Below tmp/, which the next opening and the collection of garbage clean.
        }
    }
}
