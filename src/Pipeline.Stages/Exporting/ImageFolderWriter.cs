using System.Text;
using Pipeline.Contracts.Artefacts;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Exporting;

/// <summary><c>{split}/metadata.jsonl</c> beside <c>{split}/images/...</c>: the lines are those of the data set, because they name files relative to themselves.</summary>
internal sealed class ImageFolderWriter(IObjectSpace target) : IExportWriter
{
    private const string List = "metadata.jsonl";
    private readonly SortedDictionary<string, HashingFile> lists = new(StringComparer.Ordinal);

    public async Task AddAsync(ExportSample sample, CancellationToken cancellation)
    {
        string below = sample.Split.Length == 0 ? "" : sample.Split + "/";
        if (!lists.TryGetValue(sample.Split, out HashingFile? list))
        {
            list = new HashingFile(below + List, await target.CreateAsync(below + List, "application/x-ndjson", cancellation).ConfigureAwait(false));
            lists[sample.Split] = list;
        }

        await PutAsync(below + sample.Record.FileName, sample.Image, cancellation).ConfigureAwait(false);
        if (sample.Mask is { } mask)
        {
            await PutAsync(below + sample.Record.Output!.Mask, mask, cancellation).ConfigureAwait(false);
        }

        await list.WriteAsync(Encoding.UTF8.GetBytes(sample.Line + "\n"), cancellation).ConfigureAwait(false);
    }

    public async Task<IReadOnlyDictionary<string, string>> FinishAsync(CancellationToken cancellation)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (HashingFile list in lists.Values)
        {
            files[list.Key] = await list.CommitAsync(cancellation).ConfigureAwait(false);
        }

        return files;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HashingFile list in lists.Values)
        {
            await list.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task PutAsync(string key, byte[] content, CancellationToken cancellation)
    {
        if (!await target.HasAsync(key, content.Length, Sha256Digest.Of(content), cancellation).ConfigureAwait(false))
        {
            await target.PutAsync(key, content, key.EndsWith(".png", StringComparison.Ordinal) ? "image/png" : "application/octet-stream", cancellation).ConfigureAwait(false);
        }
    }
}
