using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;
using Pipeline.Ledger.Audit;
using Pipeline.Stages.Collecting;

namespace Pipeline.Coordinator.Tests;

public sealed class EndingTests
{
    [Theory]
    [InlineData("blob")]
    [InlineData("manifest")]
    [InlineData("damage")]
    public async Task A_picture_that_is_lost_before_the_data_set_is_written_is_made_again(string what)
    {
        await using var installation = new Installation(change: o => o with { ItemLease = TimeSpan.FromSeconds(5) });
        installation.AddPictures(4, "\"joy\"");
        SortedDictionary<string, string> expected = await installation.EmbeddedAsync();
        // The last edit is not scored before the picture of the first one is lost.
        bool isLost = false;
        installation.Vanishes = work => work is { Stage: StageNames.Score, Picture: 3 } && !Volatile.Read(ref isLost);
        installation.Start();
        string job = await installation.SubmitAsync();
        await installation.UntilAsync(job, p => p.Count(ItemState.Done) == 3);
        await LoseAsync(installation, job, what);
        Volatile.Write(ref isLost, true);
        JobProgress ended = await installation.EndedAsync(job);
        Assert.Equal((JobState.Done, 4L), (ended.State, ended.Count(ItemState.Done)));
        Assert.Equal(expected, installation.DataSet(job));
        Assert.Contains(await installation.Ledger.EventsAsync(job, 20, default), e => e.Kind == "reopened" && e.Detail!.StartsWith("1 items", StringComparison.Ordinal));
        Assert.Equal(5, installation.Stages.Edit.ComputedUnits);
    }

    [Fact]
    public async Task Results_that_are_lost_again_and_again_pause_the_job_and_it_goes_on_when_it_is_resumed()
    {
        await using var installation = new Installation();
        installation.AddPictures(1, "\"joy\"");
        SortedDictionary<string, string> expected = await installation.EmbeddedAsync();
        bool forgets = true;
        installation.Vanishes = work =>
        {
            string made = Path.Combine(installation.Root, "store", "cas", "edit");
            if (Volatile.Read(ref forgets) && work.Stage == StageNames.Score && Directory.Exists(made))
            {
                Directory.Delete(made, recursive: true);
            }

            return false;
        };
        installation.Start();
        string job = await installation.SubmitAsync();
        await installation.UntilAsync(job, p => p.State == JobState.Paused);
        Assert.Equal(1 + LostResults.MaxRounds, installation.Stages.Edit.ComputedUnits);
        IReadOnlyList<JobEvent> events = await installation.Ledger.EventsAsync(job, 50, default);
        Assert.Equal(LostResults.MaxRounds, events.Count(e => e.Kind == "reopened"));
        Assert.Contains("again and again", events.Single(e => e.Kind == "paused").Detail, StringComparison.Ordinal);
        Volatile.Write(ref forgets, false);
        await installation.Ledger.SetPausedAsync(job, false, null, default);
        Assert.Equal(JobState.Done, (await installation.EndedAsync(job)).State);
        Assert.Equal(expected, installation.DataSet(job));
    }

    [Fact]
    public async Task A_cancelled_job_and_a_failed_one_have_their_audit_also_when_nobody_led()
    {
        await using var installation = new Installation();
        installation.AddPictures(3);
        string before = await installation.SubmitAsync(new JobRequest { Id = "before" });
        await installation.Ledger.CancelAsync(before, default);
        await installation.SubmitAsync(new JobRequest { Id = "unreadable" });
        await installation.Ledger.FailJobAsync("unreadable", "a test", default);
        installation.Start();
        await AuditedAsync(installation, before, "cancelled", 0);
        await AuditedAsync(installation, "unreadable", "failed", 0);
        installation.Vanishes = _ => true;
        string during = await installation.SubmitAsync(new JobRequest { Id = "during" });
        await installation.UntilAsync(during, p => p.Count(ItemState.InFlight) > 0);
        await installation.Ledger.CancelAsync(during, default);
        await AuditedAsync(installation, during, "cancelled", 9);
    }

    private static async Task AuditedAsync(Installation installation, string job, string kind, int items)
    {
        string folder = installation.Options.AuditOf(job);
        await TestTime.UntilAsync(() => File.Exists(Path.Combine(folder, "summary.json")));
        using JsonDocument summary = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "summary.json")));
        Assert.Equal(kind, summary.RootElement.GetProperty("events").EnumerateArray().Last().GetProperty("kind").GetString());
        var audited = new List<AuditItem>();
        await using FileStream lines = File.OpenRead(Path.Combine(folder, "ledger.jsonl.gz"));
        await foreach (AuditItem item in JobAudit.ReadItemsAsync(lines, default))
        {
            audited.Add(item);
        }

        Assert.Equal((items, items), (audited.Count, audited.Count(i => i.State == nameof(ItemState.Cancelled))));
    }

    private static async Task LoseAsync(Installation installation, string job, string what)
    {
        ItemReport first = await installation.Ledger.ItemsAsync(job, default).FirstAsync();
        var key = new ManifestKey(StageNames.Edit, first.Stages[StageNames.Edit].WorkKey!);
        StageManifest manifest = ContractJson.Deserialize<StageManifest>((await installation.Store.TryReadManifestAsync(key, default))!);
        string store = Path.Combine(installation.Root, "store"), digest = manifest.Outputs["image"].Sha256;
        string blob = Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Single(f => Path.GetFileName(f).StartsWith(digest, StringComparison.Ordinal));
        switch (what)
        {
            case "blob":
                File.Delete(blob);
                break;
            case "manifest":
                await installation.Store.WithdrawManifestAsync(key, default);
                break;
            default:
                byte[] content = await File.ReadAllBytesAsync(blob);
                content[^1] ^= 1;
                File.Delete(blob);
                await File.WriteAllBytesAsync(blob, content);
                break;
        }
    }
}
