using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Ledger;
using Pipeline.Stages.Dispatching;

namespace Pipeline.Coordinator.Tests;

/// <summary>An import that ends in the middle, as when its coordinator dies.</summary>
internal sealed class PartialImport(ILedger ledger)
{
    public async Task RunAsync(JobManifest source, JobInfo job)
    {
        var pictures = new List<NewPicture>();
        await using Stream manifest = await source.OpenAsync(default);
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(manifest))
        {
            if (pictures.Count < source.Limit && line.Value is { } value)
            {
                NewItem[] items = [.. value.Emotions.Select(e => new NewItem(e.Emotion, e.Intensity, 0, source.Defaults.Seed))];
                pictures.Add(new NewPicture(value.Id, value.Image, null, System.Text.Encoding.UTF8.GetString(ContractJson.Serialize(value)), items));
            }
        }

        await ledger.ImportAsync(job.Id, 0, pictures, default);
    }
}
