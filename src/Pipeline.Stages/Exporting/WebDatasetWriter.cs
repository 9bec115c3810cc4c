using System.Text;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Exporting;

/// <summary>
/// Tar shards <c>{split}-{00000}.tar</c>: of each sample <c>{number}.png</c>, <c>.json</c> (its line of metadata), <c>.label.txt</c>, and where there are any <c>.txt</c> (its caption) and
/// <c>.mask.png</c>. Samples are numbered within their split, so names have no dots that loaders would take for endings.
/// </summary>
internal sealed class WebDatasetWriter(IObjectSpace target, ExportOptions options) : IExportWriter
{
    private readonly SortedDictionary<string, Shards> splits = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> files = new(StringComparer.Ordinal);

    public async Task AddAsync(ExportSample sample, CancellationToken cancellation)
    {
        if (!splits.TryGetValue(sample.Split, out Shards? shards))
        {
            splits[sample.Split] = shards = new Shards();
        }

        if (shards.Open is { } full && (shards.InOpen == options.ShardSamples || full.Length >= options.ShardBytes))
        {
            await EndAsync(shards, cancellation).ConfigureAwait(false);
        }

        if (shards.Open is null)
        {
            string key = $"{(sample.Split.Length == 0 ? "shard" : sample.Split)}-{shards.Ended:d5}.tar";
            shards.Open = new HashingFile(key, await target.CreateAsync(key, "application/x-tar", cancellation).ConfigureAwait(false));
        }

        string name = $"{shards.Samples++:d9}";
        shards.InOpen++;
        foreach ((string ending, byte[] content) in Members(sample).OrderBy(m => m.Ending, StringComparer.Ordinal))
        {
            await shards.Open.WriteAsync(TarEntry.Of($"{name}.{ending}", content), cancellation).ConfigureAwait(false);
        }
    }

    public async Task<IReadOnlyDictionary<string, string>> FinishAsync(CancellationToken cancellation)
    {
        foreach (Shards shards in splits.Values.Where(s => s.Open is not null))
        {
            await EndAsync(shards, cancellation).ConfigureAwait(false);
        }

        return files;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HashingFile open in splits.Values.Select(s => s.Open).OfType<HashingFile>())
        {
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task EndAsync(Shards shards, CancellationToken cancellation)
    {
        HashingFile shard = shards.Open!;
        await shard.WriteAsync(TarEntry.End, cancellation).ConfigureAwait(false);
        files[shard.Key] = await shard.CommitAsync(cancellation).ConfigureAwait(false);
        await shard.DisposeAsync().ConfigureAwait(false);
        (shards.Open, shards.InOpen, shards.Ended) = (null, 0, shards.Ended + 1);
    }

    private static IEnumerable<(string Ending, byte[] Content)> Members(ExportSample sample)
    {
        yield return (Path.GetExtension(sample.Record.FileName!).TrimStart('.'), sample.Image);
        yield return ("json", Encoding.UTF8.GetBytes(sample.Line));
        yield return ("label.txt", Encoding.UTF8.GetBytes(sample.Record.Label));
        if (sample.Record.Caption is { } caption)
        {
            yield return ("txt", Encoding.UTF8.GetBytes(caption));
        }

        if (sample.Mask is { } mask)
        {
            yield return ("mask.png", mask);
        }
    }

    private sealed class Shards
    {
        public HashingFile? Open { get; set; }

        public int InOpen { get; set; }

        public int Ended { get; set; }

        public long Samples { get; set; }
    }
}
