using Pipeline.Contracts.Messages;
using Pipeline.Coordinator.Jobs;
using Pipeline.Ledger;
using Pipeline.Stages.Tests.Fakes;

namespace Pipeline.Coordinator.Tests;

/// <summary>F13: shares of tenants and the wait of express jobs, with a coordinator that does the work.</summary>
public sealed class FairnessRunTests
{
    [Fact]
    public async Task Tenants_with_jobs_of_different_size_get_equal_shares_and_an_express_job_passes_them()
    {
        await using var installation = new Installation(new FakeStages { Edit = FakeStages.EditWith(TimeSpan.FromMilliseconds(4)) }, o => o with { Window = new(24, 24, 24) });
        installation.AddPictures(140, "\"joy\"");
        string large = await installation.SubmitAsync(new JobRequest { Id = "large", Tenant = "a" });
        string other = await installation.SubmitAsync(new JobRequest { Id = "other", Tenant = "b", Defaults = new() { Seed = 2 } });
        installation.Start();
        await installation.UntilAsync(other, p => p.Count(ItemState.Done) >= 30);
        string express = await installation.SubmitAsync(new JobRequest { Id = "express", Tenant = "c", Class = WorkClass.Express, Limit = 10, Defaults = new() { Seed = 3 } });
        await installation.EndedAsync(express);
        JobProgress first = await installation.Ledger.ProgressAsync(large, default), second = await installation.Ledger.ProgressAsync(other, default);
        Assert.True(first.Open > 0 && second.Open > 0, "the express job ended last");
        long sentFirst = first.Total - first.Count(ItemState.Pending), sentSecond = second.Total - second.Count(ItemState.Pending);
        Assert.InRange(sentFirst, (0.9 * sentSecond) - 24, (1.1 * sentSecond) + 24);
        Assert.Equal(JobState.Done, (await installation.EndedAsync(large)).State);
        Assert.Equal(JobState.Done, (await installation.EndedAsync(other)).State);
    }
}
