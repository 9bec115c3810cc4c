using System.Text.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Ledger.Audit;

namespace Pipeline.Coordinator.Tests;

public sealed class AuditTests
{
    [Fact]
    public async Task An_ended_job_can_be_read_without_its_ledger()
    {
        await using var installation = new Installation();
        installation.AddPictures(6, content: i => i == 3 ? "POISON edit 3" : $"picture {i}");
        installation.Start();
        string job = await installation.SubmitAsync();
        await installation.EndedAsync(job);
        string folder = installation.Options.AuditOf(job);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        while (!File.Exists(Path.Combine(folder, "summary.json")))
        {
            await Task.Delay(20, patience.Token);
        }

        var items = new List<AuditItem>();
        await using FileStream lines = File.OpenRead(Path.Combine(folder, "ledger.jsonl.gz"));
        await foreach (AuditItem item in JobAudit.ReadItemsAsync(lines, default))
        {
            items.Add(item);
        }

        Assert.Equal(Enumerable.Range(0, 18).Select(i => (long)i), items.Select(i => i.Item));
        Assert.Equal(3, items.Count(i => i.State == nameof(ItemState.Quarantined) && i.Failure!.Stage == StageNames.Edit));
        Assert.All(items, i => Assert.Equal(i.Id, i.Line.GetProperty("id").GetString()));
        using JsonDocument summary = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "summary.json")));
        Assert.Equal(15, summary.RootElement.GetProperty("items").GetProperty("Done").GetInt64());
        Assert.Equal("finished", summary.RootElement.GetProperty("events").EnumerateArray().Last().GetProperty("kind").GetString());
    }
}
