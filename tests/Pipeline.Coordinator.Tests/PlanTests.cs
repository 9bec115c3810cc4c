using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Planning;
using Pipeline.Ledger;
using Pipeline.Stages.Planning;

namespace Pipeline.Coordinator.Tests;

public sealed class PlanTests
{
    [Fact]
    public async Task Before_a_job_everything_is_to_compute_and_after_it_everything_is_found_and_nothing_is_ever_written()
    {
        await using var installation = new Installation();
        installation.AddPictures(12);
        PlanView before = await PlanAsync(installation);
        Assert.Equal((12L, 36L, 0L, true), (before.Pictures, before.Items, before.FoundItems, before.Exact));
        Assert.Equal(new Dictionary<string, long> { ["anger"] = 12, ["fear"] = 12, ["joy"] = 12 }, before.Emotions);
        // The key of what follows is not known before the prompts are.
        Assert.Equal([(36L, 0L, 36L, 0L), (12, 0, 0, 12), (36, 0, 0, 36), (36, 0, 0, 36), (36, 0, 0, 36)], before.Stages.Select(s => (s.Units, s.Found, s.ToCompute, s.Unknown)));
        Assert.False(Directory.Exists(Path.Combine(installation.Root, "store", "blob")), "a plan stored something");
        Assert.Empty(await installation.Ledger.JobsAsync(JobQuery.Everything, default));

        installation.Start();
        await installation.EndedAsync(await installation.SubmitAsync());
        string[] files = Files(installation);
        PlanView after = await PlanAsync(installation);
        Assert.Equal((36L, 0.0, 0.0), (after.FoundItems, after.DeviceSeconds!.Value, after.WallSeconds!.Value));
        Assert.All(after.Stages, s => Assert.Equal((s.Units, 0L, 0L), (s.Found, s.ToCompute, s.Unknown)));
        Assert.Equal(files, Files(installation));
        Assert.Single(await installation.Ledger.JobsAsync(JobQuery.Everything, default));
    }

    [Fact]
    public async Task What_another_parameter_does_not_change_is_found_and_what_follows_it_is_not_guessed()
    {
        await using var installation = new Installation();
        installation.AddPictures(5);
        installation.Start();
        await installation.EndedAsync(await installation.SubmitAsync());
        PlanView plan = await PlanAsync(installation, new JobRequest { Defaults = Params("""{"kappa":0.4}""") });
        Assert.Equal([(15L, 15L, 0L, 0L), (5, 5, 0, 0), (15, 0, 15, 0), (15, 0, 0, 15), (15, 0, 0, 15)], plan.Stages.Select(s => (s.Units, s.Found, s.ToCompute, s.Unknown)));
        Assert.Equal(0, plan.FoundItems);
        Assert.Contains(plan.Notes, n => n.Contains("30 units", StringComparison.Ordinal));
        PlanView steps = await PlanAsync(installation, new JobRequest { Defaults = Params("""{"steps":7}""") });
        Assert.Equal([(15L, 0L, 0L), (0, 5, 0), (0, 0, 15), (0, 0, 15), (0, 0, 15)], steps.Stages.Select(s => (s.Found, s.ToCompute, s.Unknown)));
    }

    [Fact]
    public async Task Costs_are_those_of_the_most_similar_earlier_jobs_unless_they_are_given()
    {
        await using var installation = new Installation();
        installation.AddPictures(4, "\"joy\"");
        JobRequest request = new() { Id = "new", Defaults = Params("""{"kappa":0.4}""") };
        PlanView blind = await PlanAsync(installation, request);
        Assert.Equal((null, null), (blind.DeviceSeconds, blind.Cost));
        Assert.Contains(blind.Notes, n => n.Contains("--stage-seconds", StringComparison.Ordinal));

        await FinishedJobAsync(installation, "other", "sdedit", null, 9_000);
        Assert.All((await PlanAsync(installation, request)).Stages, s => Assert.Equal((9.0, "otherJobs"), (s.SecondsPerItem, s.SecondsFrom)));
        await FinishedJobAsync(installation, "method", "moodifier", """{"kappa":0.7}""", 5_000);
        Assert.All((await PlanAsync(installation, request)).Stages, s => Assert.Equal((5.0, "sameMethod"), (s.SecondsPerItem, s.SecondsFrom)));
        await FinishedJobAsync(installation, "same", "moodifier", """{"kappa":4e-1}""", 3_000);
        PlanView plan = await PlanAsync(installation, request);
        Assert.All(plan.Stages, s => Assert.Equal((3.0, "sameParameters", 12.0), (s.SecondsPerItem, s.SecondsFrom, s.Seconds)));
        Assert.Equal(60, plan.DeviceSeconds);

        PlanView given = await PlanAsync(installation, request with { BudgetSeconds = 10 }, p => p with { StageSeconds = new Dictionary<string, double> { ["edit"] = 900 }, PricePerHour = 2 });
        Assert.Equal((900.0, "given"), (given.Stages[2].SecondsPerItem, given.Stages[2].SecondsFrom));
        Assert.Equal((3648.0, 2 * 3648 / 3600.0), (given.DeviceSeconds, given.Cost));
        Assert.Contains(given.Notes, n => n.Contains("budget", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_large_job_is_judged_by_a_sample_that_is_the_same_each_time()
    {
        await using var installation = new Installation();
        installation.AddPictures(120, "\"joy\",\"fear\"");
        installation.Start();
        await installation.EndedAsync(await installation.SubmitAsync(new JobRequest { Limit = 60 }));
        PlanView all = await PlanAsync(installation);
        Assert.Equal((120L, 120L, true), (all.ExaminedPictures, all.FoundItems, all.Exact));
        PlanView some = await PlanAsync(installation, change: p => p with { Sample = 50 });
        Assert.Equal((240L, 50L, false), (some.Items, some.ExaminedPictures, some.Exact));
        Assert.Equal([240L, 120, 240, 240, 240], some.Stages.Select(s => s.Units));
        // 50 of 120 pictures with half of them found; the sample is fixed, so is the number.
        Assert.InRange(some.FoundItems, 60, 180);
        Assert.Contains(some.Notes, n => n.StartsWith("50 of 120 pictures", StringComparison.Ordinal));
        PlanView again = await PlanAsync(installation, change: p => p with { Sample = 50 });
        Assert.Equal(some.FoundItems, again.FoundItems);
    }

    [Fact]
    public async Task Pictures_that_cannot_be_read_here_are_unknown_unless_their_lines_declare_them()
    {
        await using var installation = new Installation();
        installation.AddPictures(3, "\"joy\"");
        installation.Start();
        await installation.EndedAsync(await installation.SubmitAsync());
        string digest = Sha256Digest.Of("picture 1"u8);
        string lines = $$"""
            {"id":"a","image":"away/1.png","emotions":["joy"]}
            {"id":"b","image":"away/2.png","sha256":"{{digest}}","emotions":["joy"]}

            """;
        PlanView plan = await PlanAsync(installation, manifest: Encoding.UTF8.GetBytes(lines));
        Assert.Equal((2L, 1L, 1L), (plan.Items, plan.FoundItems, plan.UnreadablePictures));
        Assert.All(plan.Stages, s => Assert.Equal((2L, 1L, 0L, 1L), (s.Units, s.Found, s.ToCompute, s.Unknown)));
        Assert.Contains(plan.Notes, n => n.Contains("away/1.png", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Equal_work_is_counted_once_and_a_job_that_would_be_refused_is()
    {
        await using var installation = new Installation();
        installation.AddPictures(4, "\"joy\"", content: _ => "one and the same");
        PlanView plan = await PlanAsync(installation);
        Assert.Equal((4L, 3L, 1L), (plan.Stages[0].Units, plan.Stages[0].Found, plan.Stages[0].ToCompute));
        byte[] bad = "{\"id\":\"a\",\"image\":\"p0.bin\",\"emotions\":[\"joy\"]}\nnot json\n"u8.ToArray();
        SubmissionException refused = await Assert.ThrowsAsync<SubmissionException>(() => PlanAsync(installation, manifest: bad));
        Assert.Equal((422, 2), (refused.Status, Assert.Single(refused.Lines).Line));
        PlanView skipped = await PlanAsync(installation, new JobRequest { SkipBadLines = true }, manifest: bad);
        Assert.Equal((1L, 1L), (skipped.Pictures, skipped.BadLines));
    }

    [Fact]
    public async Task Without_profiles_of_the_stages_nothing_is_claimed_to_be_known()
    {
        await using var installation = new Installation(change: o => o with { WorkKeys = profiles => StageKeys.Of(profiles, Stages.Editing.EditMethods.BuiltIn) });
        installation.AddPictures(2, "\"joy\"");
        PlanView plan = await PlanAsync(installation);
        Assert.All(plan.Stages, s => Assert.Equal((2L, 0L, 0L, 2L), (s.Units, s.Found, s.ToCompute, s.Unknown)));
        Assert.Contains(plan.Notes, n => n.Contains("--models", StringComparison.Ordinal));
    }

    private static JobDefaults Params(string json) => new() { Params = JsonSerializer.Deserialize<JsonElement>(json) };

    private static string[] Files(Installation installation) => [.. Directory.EnumerateFiles(Path.Combine(installation.Root, "store"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static async Task<PlanView> PlanAsync(Installation installation, JobRequest? job = null, Func<PlanRequest, PlanRequest>? change = null, byte[]? manifest = null)
    {
        var request = new PlanRequest { Job = (job ?? new JobRequest()) with { SourceBase = installation.Root } };
        using var lines = new MemoryStream(manifest ?? installation.Manifest());
        return await installation.Service.Planner.PlanAsync(change is null ? request : change(request), lines, null, default);
    }

    // A job with one item, of which every stage took so long.
    private static async Task FinishedJobAsync(Installation installation, string id, string method, string? parameters, long ms)
    {
        using var lines = new MemoryStream("{\"id\":\"a\",\"image\":\"p0.bin\",\"emotions\":[\"joy\"]}\n"u8.ToArray());
        var defaults = new JobDefaults { Method = method, Params = parameters is null ? null : JsonSerializer.Deserialize<JsonElement>(parameters) };
        (JobInfo job, _) = await installation.Service.Submission.SubmitAsync(new JobRequest { Id = id, Defaults = defaults, SourceBase = installation.Root }, lines, default);
        var spec = Leading.JobWatch.ReadSpec(await installation.Ledger.SpecAsync(id, default));
        await new Stages.Dispatching.ManifestImport(spec.ManifestIn(installation.Store)).ImportAsync(installation.Ledger, job, default);
        await installation.Ledger.ClaimAsync(id, 10, false, TimeSpan.FromHours(1), _ => [], default);
        await installation.Ledger.ApplyAsync(
        [
            .. Contracts.Topology.StageNames.All.Select(stage => new Contracts.Messages.StageResult
            {
                JobId = id, Epoch = job.Epoch, Stage = stage, WorkerId = "w",
                Entries = [new Contracts.Messages.StageResultEntry { Item = 0, Outcome = Contracts.Messages.StageOutcome.Done, WorkKey = new string('a', 64), ComputeMs = ms }],
            }),
        ], default);
    }
}
