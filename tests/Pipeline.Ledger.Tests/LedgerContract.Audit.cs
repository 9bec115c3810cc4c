using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Audit;

namespace Pipeline.Ledger.Tests;

/// <content>What is written down at the end of a job.</content>
public abstract partial class LedgerContract
{
    [Fact]
    public async Task The_audit_tells_everything_about_the_items_and_is_the_same_for_every_database()
    {
        await AuditedJob();
        using var written = new MemoryStream();
        Assert.Equal(3, await JobAudit.WriteItemsAsync(Ledger, LedgerFixture.Job, written, default));
        written.Position = 0;
        using var text = new StreamReader(new GZipStream(written, CompressionMode.Decompress, leaveOpen: true), Encoding.UTF8);
        string[] lines = (await text.ReadToEndAsync()).Split('\n');
        Assert.Equal(
            """
            {"item":0,"picture":0,"id":"p0","emotion":"joy","intensity":1,"variant":0,"seed":1000,"state":"Done","attempt":0,"epoch":0,"crashes":0,"stages":{
            "prompt":{"outcome":"Done","workKey":"prompt-0","worker":"w","device":"cpu","computeMs":100},"invert":{"outcome":"Done","workKey":"invert-0","worker":"w","device":"cpu","computeMs":100},
            "edit":{"outcome":"Done","workKey":"edit-0","worker":"w","device":"cpu","computeMs":100},"caption":{"outcome":"Cached","workKey":"caption-0","worker":"w","device":"cpu","computeMs":100},
            "score":{"outcome":"Done","workKey":"score-0","worker":"w","device":"cpu","computeMs":100}},"line":{}}
            """.ReplaceLineEndings(""),
            lines[0]);
        Assert.Equal(
            """
            {"item":1,"picture":1,"id":"p1","emotion":"joy","intensity":1,"variant":0,"seed":1000,"state":"Quarantined","attempt":0,"epoch":0,"crashes":0,"stages":{
            "prompt":{"outcome":"Poison","worker":"w","device":"cpu","computeMs":101}},
            "failure":{"stage":"prompt","code":"PIPE1105","message":"prompt of 1","fingerprint":"f"},"line":{}}
            """.ReplaceLineEndings(""),
            lines[1]);
        Assert.Equal(4, lines.Length);
        Assert.Equal("", lines[3]);

        written.Position = 0;
        var read = new List<AuditItem>();
        await foreach (AuditItem item in JobAudit.ReadItemsAsync(written, default))
        {
            read.Add(item);
        }

        Assert.Equal((await fixture.Items()).Select(i => (i.Item, i.State.ToString(), i.Stages.Count)), read.Select(i => (i.Item, i.State, i.Stages.Count)));
    }

    [Fact]
    public async Task A_summary_adds_up()
    {
        await AuditedJob();
        AuditSummary summary = await JobAudit.SummaryAsync(Ledger, LedgerFixture.Job, default);
        Assert.Equal(3, summary.Items.Values.Sum());
        Assert.Equal([("Done", 1L), ("Quarantined", 1L), ("Cancelled", 1L)], summary.Items.Select(i => (i.Key, i.Value)));
        Assert.Equal(new AuditStageTotal("prompt", StageOutcome.Poison, 1, 0.101), summary.Stages[1]);
        Assert.Equal(summary.Job.SpentSeconds, summary.Stages.Sum(s => s.ComputeSeconds), 6);
        Assert.Equal("f", Assert.Single(summary.Errors).Fingerprint);
        Assert.Equal("cancelled", summary.Events[^1].Kind);
        using JsonDocument json = JsonDocument.Parse(JobAudit.Serialize(summary));
        Assert.Equal("job-1", json.RootElement.GetProperty("job").GetProperty("id").GetString());
        Assert.Equal(JsonValueKind.Object, json.RootElement.GetProperty("spec").ValueKind);
        await Assert.ThrowsAsync<LedgerException>(() => JobAudit.SummaryAsync(Ledger, "nobody", default));
    }

    private async Task AuditedJob()
    {
        await fixture.Import(LedgerFixture.Pictures(3, "joy"));
        await fixture.Claim(2);
        foreach (string stage in new[] { "prompt", "invert", "edit", "score" })
        {
            await fixture.Apply(stage, 0, StageOutcome.Done);
        }

        await fixture.Apply("caption", 0, StageOutcome.Cached);
        await fixture.Apply("prompt", 1, StageOutcome.Poison);
        await Ledger.CancelAsync(LedgerFixture.Job, default);
    }
}
