using Pipeline.Contracts.Artefacts;
using Pipeline.Storage.Objects;

namespace Pipeline.Storage.Collection;

/// <summary>
/// Deletes artefacts that no job needs. What jobs need is marked from their manifests to the blobs that those name and to who made them; the rest, when it is older than the grace, is doomed. Doomed objects are
/// only listed at first; a later collection deletes what was doomed then and is still doomed, manifests before blobs, so that no manifest ever names what is gone. Whoever uses an old
/// object renews it (see <see cref="StoreOptions.RefreshAfter"/>), so a running job keeps what it found.
/// </summary>
public sealed class GarbageCollection(IObjectSpace space, CollectionOptions options)
{
    private const string Manifests = "cas/";
    private const string Blobs = "blob/";
    private const string Settings = "settings"; // about a kilobyte for each distinct setting: queued messages name them, so they stay
    private const int ManyKeys = 500;
    private static readonly TimeSpan ListLife = TimeSpan.FromDays(30);
    private static readonly string[] Leftovers = ["corrupt/", "tmp/"];
    private readonly DateTimeOffset start = options.Time.GetUtcNow();
    private readonly MarkFilter blobs = new(Salt(options.Time.GetUtcNow()));
    private readonly MarkFilter read = new(Salt(options.Time.GetUtcNow()));
    private readonly Lock gate = new();
    private CollectionReport report = new();

    /// <summary>Collects.</summary>
    /// <param name="needed">What jobs need, as digests: work keys of manifests, of every item of every job that is to stay, and blobs that are needed by themselves. Failing is fine; leaving some out is not.</param>
    /// <param name="cancellation">Stops; nothing is half done that matters.</param>
    /// <exception cref="ArtefactStoreException">The store failed.</exception>
    public async Task<CollectionReport> RunAsync(IAsyncEnumerable<string> needed, CancellationToken cancellation)
    {
        List<(string Key, DateTimeOffset Time)> lists = options.Apply ? await DoomedList.FindAsync(space, cancellation).ConfigureAwait(false) : [];
        var roots = new MarkFilter(Salt(start));
        await foreach (string digest in needed.WithCancellation(cancellation).ConfigureAwait(false))
        {
            roots.Add(digest);
        }

        if (!options.Apply)
        {
            await DoomAsync(roots, Stream.Null, cancellation).ConfigureAwait(false);
            return report;
        }

        string fresh = DoomedList.KeyOf(start);
        IObjectWriter writer = await space.CreateAsync(fresh, "text/plain", cancellation).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            await DoomAsync(roots, writer.Stream, cancellation).ConfigureAwait(false);
            await writer.CommitAsync(cancellation).ConfigureAwait(false);
        }

        // With no rest wanted, what was doomed this moment is deleted as well.
        string? settled = options.Settle == TimeSpan.Zero ? fresh : lists.LastOrDefault(l => start - l.Time >= options.Settle && start - l.Time < ListLife).Key;
        if (settled is not null)
        {
            await SweepAsync(settled, fresh, cancellation).ConfigureAwait(false);
        }

        await space.DeleteAsync([.. lists.Where(l => start - l.Time >= ListLife || l.Key == settled).Select(l => l.Key)], cancellation).ConfigureAwait(false);
        return report with { DueAt = start + options.Settle };
    }

    // In the list blobs stand before manifests, as their keys do; but manifests are read first, because they say which blobs are needed.
    private async Task DoomAsync(MarkFilter roots, Stream list, CancellationToken cancellation)
    {
        var candidates = new CandidateManifests();
        await using (candidates.ConfigureAwait(false))
        {
            await SortAsync(roots, candidates, cancellation).ConfigureAwait(false);
            await candidates.TakeOutAsync(KeepIfRead, cancellation).ConfigureAwait(false);
            await DoomBlobsAsync(roots, list, cancellation).ConfigureAwait(false);
            await foreach (ObjectEntry entry in candidates.EntriesAsync(cancellation).ConfigureAwait(false))
            {
                report = report with { DoomedManifests = report.DoomedManifests + 1, DoomedBytes = report.DoomedBytes + entry.Size };
                await DoomedList.WriteAsync(list, entry, cancellation).ConfigureAwait(false);
            }
        }

        foreach (string leftovers in Leftovers)
        {
            await foreach (ObjectEntry entry in space.ListAsync(leftovers, null, cancellation).ConfigureAwait(false))
            {
                await DoomAsync(entry, IsOld(entry), list, cancellation).ConfigureAwait(false);
            }
        }
    }

    private async Task SortAsync(MarkFilter roots, CandidateManifests candidates, CancellationToken cancellation)
    {
        var live = new List<ObjectEntry>();
        var rest = new List<ObjectEntry>();
        await foreach (ObjectEntry entry in space.ListAsync(Manifests, null, cancellation).ConfigureAwait(false))
        {
            if (KeyOf(entry.Key) is not { } key || key.Stage == Settings)
            {
                continue;
            }

            List<ObjectEntry> some = IsOld(entry) && !roots.Contains(key.WorkKey) ? rest : live;
            some.Add(entry);
            if (some.Count == ManyKeys)
            {
                await (some == live ? MarkAsync(live, cancellation) : ReadAsync(rest, candidates, cancellation)).ConfigureAwait(false);
                some.Clear();
            }
        }

        await MarkAsync(live, cancellation).ConfigureAwait(false);
        await ReadAsync(rest, candidates, cancellation).ConfigureAwait(false);
    }

    private async Task ReadAsync(List<ObjectEntry> entries, CandidateManifests candidates, CancellationToken cancellation)
    {
        var names = new ManifestNames[entries.Count];
        await System.Threading.Tasks.Parallel.ForAsync(0, entries.Count, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation }, async (i, c) =>
        {
            byte[]? content = await space.TryReadAsync(entries[i].Key, StoreLimits.MaxManifestBytes, c).ConfigureAwait(false);
            names[i] = (content is null ? null : ManifestNames.TryRead(content)) ?? ManifestNames.None;
        }).ConfigureAwait(false);
        for (int i = 0; i < names.Length; i++)
        {
            await candidates.AddAsync(entries[i], names[i], cancellation).ConfigureAwait(false);
        }
    }

    // Work on a whole picture is nobody's item, but items' work reads it: whoever made what a kept manifest read is kept too.
    private bool KeepIfRead(ManifestNames names)
    {
        lock (gate)
        {
            if (!names.Outputs.Any(read.Contains))
            {
                return false;
            }

            Mark(names);
            report = report with { KeptManifests = report.KeptManifests + 1 };
            return true;
        }
    }

    private async Task DoomBlobsAsync(MarkFilter roots, Stream list, CancellationToken cancellation)
    {
        await foreach (ObjectEntry entry in space.ListAsync(Blobs, null, cancellation).ConfigureAwait(false))
        {
            string digest = entry.Key[(entry.Key.LastIndexOf('/') + 1)..];
            bool garbage = Sha256Digest.IsValid(digest) && IsOld(entry) && !blobs.Contains(digest) && !roots.Contains(digest);
            await DoomAsync(entry, garbage, list, cancellation).ConfigureAwait(false);
            if (!garbage)
            {
                report = report with { KeptBlobs = report.KeptBlobs + 1, KeptBytes = report.KeptBytes + entry.Size };
            }
        }
    }

    private async Task DoomAsync(ObjectEntry entry, bool garbage, Stream list, CancellationToken cancellation)
    {
        if (garbage)
        {
            report = report with { DoomedObjects = report.DoomedObjects + 1, DoomedBytes = report.DoomedBytes + entry.Size };
            await DoomedList.WriteAsync(list, entry, cancellation).ConfigureAwait(false);
        }
    }

    private Task MarkAsync(List<ObjectEntry> live, CancellationToken cancellation) => System.Threading.Tasks.Parallel.ForEachAsync(
        live, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation }, async (entry, c) => await MarkAsync(entry.Key, c).ConfigureAwait(false));

    // A manifest keeps its outputs, and what it was made from: a job that goes on needs the source for its later stages.
    private async Task MarkAsync(string key, CancellationToken cancellation)
    {
        byte[]? content = await space.TryReadAsync(key, StoreLimits.MaxManifestBytes, cancellation).ConfigureAwait(false);
        ManifestNames? names = content is null ? ManifestNames.None : ManifestNames.TryRead(content);
        lock (gate)
        {
            Mark(names ?? ManifestNames.None);
            report = names is not null ? report with { KeptManifests = report.KeptManifests + 1 } : report with { UnreadableManifests = report.UnreadableManifests + 1 };
        }
    }

    private void Mark(ManifestNames names)
    {
        foreach (string digest in names.Outputs)
        {
            blobs.Add(digest);
        }

        foreach (string digest in names.Inputs)
        {
            blobs.Add(digest);
            read.Add(digest);
        }
    }

    private async Task SweepAsync(string settled, string fresh, CancellationToken cancellation)
    {
        // Two readings of the lists: manifests first, and only when they are gone what they name.
        foreach (bool wantManifests in new[] { true, false })
        {
            var some = new List<ObjectEntry>(ManyKeys);
            IAsyncEnumerable<ObjectEntry> both = DoomedList.InBothAsync(DoomedList.ReadAsync(space, settled, cancellation), DoomedList.ReadAsync(space, fresh, cancellation), cancellation);
            await foreach (ObjectEntry entry in both.ConfigureAwait(false))
            {
                if (entry.Key.StartsWith(Manifests, StringComparison.Ordinal) != wantManifests)
                {
                    continue;
                }

                some.Add(entry);
                if (some.Count == ManyKeys)
                {
                    await DeleteAsync(some, wantManifests, cancellation).ConfigureAwait(false);
                    some.Clear();
                }
            }

            await DeleteAsync(some, wantManifests, cancellation).ConfigureAwait(false);
        }
    }

    private async Task DeleteAsync(List<ObjectEntry> some, bool areManifests, CancellationToken cancellation)
    {
        var still = new List<ObjectEntry>(some.Count);
        await System.Threading.Tasks.Parallel.ForEachAsync(some, new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation }, async (entry, c) =>
        {
            ObjectEntry? now = await space.TryDescribeAsync(entry.Key, c).ConfigureAwait(false);
            bool spared = now is { } present && (!IsOld(present) || (!areManifests && IsMarked(entry.Key)));
            if (spared && areManifests)
            {
                // It is in use again, and so are its blobs.
                await MarkAsync(entry.Key, c).ConfigureAwait(false);
            }

            lock (gate)
            {
                report = spared ? report with { Spared = report.Spared + 1 } : report;
                if (now is not null && !spared)
                {
                    still.Add(entry);
                }
            }
        }).ConfigureAwait(false);
        await space.DeleteAsync([.. still.Select(e => e.Key)], cancellation).ConfigureAwait(false);
        report = report with { Deleted = report.Deleted + still.Count, DeletedBytes = report.DeletedBytes + still.Sum(e => e.Size) };
    }

    private bool IsMarked(string key)
    {
        string digest = key[(key.LastIndexOf('/') + 1)..];
        lock (gate)
        {
            return key.StartsWith(Blobs, StringComparison.Ordinal) && Sha256Digest.IsValid(digest) && blobs.Contains(digest);
        }
    }

    private bool IsOld(ObjectEntry entry) => start - entry.Modified > options.Grace;

    private static ManifestKey? KeyOf(string key)
    {
        // cas/{stage}/{kk}/{work key}.json
        return key.Split('/') is [_, { } stage, { } two, { Length: 69 } name] && name.EndsWith(".json", StringComparison.Ordinal)
            && Sha256Digest.IsValid(name[..64]) && name.StartsWith(two, StringComparison.Ordinal) && Contracts.Topology.StageNames.IsWellFormed(stage)
            ? new ManifestKey(stage, name[..64])
            : null;
    }

    private static UInt128 Salt(DateTimeOffset time) => new((ulong)time.Ticks * 0x9E3779B97F4A7C15, (ulong)time.Ticks);
}
