using System.Text.RegularExpressions;
using Pipeline.Contracts.Messages;
using Pipeline.TestKit;

namespace Pipeline.Ledger.Tests;

/// <content>What docs/ledger.md says.</content>
public abstract partial class LedgerContract
{
    [Fact]
    public async Task The_documented_queries_run_and_answer()
    {
        await fixture.Import(LedgerFixture.Pictures(2, "joy"));
        await fixture.Claim(1);
        await fixture.Apply("prompt", 0, StageOutcome.Done);
        await Ledger.TryLeadAsync("leader", "me", TimeSpan.FromMinutes(1), default);
        await Ledger.OpenJobAsync(LedgerFixture.NewJob() with { Id = "job-2" }, default);
        await Ledger.ImportAsync("job-2", 0, LedgerFixture.Pictures(1, "joy"), default);
        await Ledger.FinishImportAsync("job-2", default);
        await Ledger.ClaimAsync("job-2", 1, true, TimeSpan.FromMinutes(1), _ => [1], default);
        await Ledger.ApplyAsync([LedgerFixture.Result("prompt", 0, StageOutcome.Poison) with { JobId = "job-2" }], default);
        string text = await File.ReadAllTextAsync(Path.Combine(Fixtures.RepositoryRoot, "docs", "ledger.md"));
        string[] queries = [.. SqlBlock().Matches(text).Select(m => m.Groups[1].Value.Trim().TrimEnd(';'))];
        Assert.True(queries.Length >= 6);
        foreach (string query in queries)
        {
            Assert.NotEmpty(await fixture.Database.QueryAsync(query));
        }
    }

    [GeneratedRegex("```sql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex SqlBlock();
}
