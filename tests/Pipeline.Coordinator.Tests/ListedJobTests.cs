using Pipeline.Contracts.Jobs;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Planning;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Tests;

public sealed class ListedJobTests
{
    private static readonly EmotionRequest[] Two = [new() { Emotion = "joy" }, new() { Emotion = "fear", Intensity = 0.5 }];

    [Fact]
    public async Task A_folder_that_the_coordinator_lists_is_planned_imported_and_edited()
    {
        await using var installation = new Installation();
        string place = Pictures(installation, 9);
        var request = new JobRequest { Source = place, Emotions = Two };
        PlanView before = await installation.Service.Planner.PlanAsync(new PlanRequest { Job = request }, Stream.Null, null, default);
        Assert.Equal((9L, 18L, 18L), (before.Pictures, before.Items, before.Stages[0].ToCompute));
        installation.Start();
        (JobInfo job, bool isNew) = await installation.Service.Submission.SubmitAsync(request, Stream.Null, default);
        Assert.True(isNew);
        JobProgress ended = await installation.EndedAsync(job.Id);
        Assert.Equal((JobState.Done, 18L), (ended.State, ended.Count(ItemState.Done)));
        Assert.True(File.Exists(Path.Combine(installation.Options.DataSetOf(job.Id), "images", "fear", "sub%2Fp3.jpg.png")));
        Assert.Contains(await installation.Ledger.EventsAsync(job.Id, 10, default), e => e.Kind == "skipped" && e.Detail!.Contains("empty.png", StringComparison.Ordinal));
        // The same request is the same job, however its folder is written.
        (JobInfo same, bool again) = await installation.Service.Submission.SubmitAsync(request with { Source = place + "/" }, Stream.Null, default);
        Assert.Equal((job.Id, false), (same.Id, again));
        PlanView after = await installation.Service.Planner.PlanAsync(new PlanRequest { Job = request }, Stream.Null, null, default);
        Assert.Equal(18, after.FoundItems);
    }

    [Fact]
    public async Task Requests_that_do_not_fit_are_refused()
    {
        await using var installation = new Installation(change: o => o with { Sources = new Stages.Sources.SourceOptions { Roots = [Path.GetTempPath()] } });
        string place = Pictures(installation, 1);
        Directory.CreateDirectory(Path.Combine(installation.Root, "bare"));
        var good = new JobRequest { Source = place, Emotions = Two };
        await RefusedAsync(good with { Emotions = [] }, Stream.Null, "emotions");
        await RefusedAsync(good with { Emotions = [Two[0], new EmotionRequest { Emotion = "joyful" }] }, Stream.Null, "each one once");
        await RefusedAsync(good with { SourceBase = place }, Stream.Null, "sourceBase");
        await RefusedAsync(new JobRequest { Emotions = Two }, Stream.Null, "emotions");
        await RefusedAsync(good, new MemoryStream("{}"u8.ToArray()), "not both");
        await RefusedAsync(good with { Source = "/etc" }, Stream.Null, "none of the folders");
        await RefusedAsync(good with { Source = Path.Combine(installation.Root, "bare") }, Stream.Null, "no pictures");
        Assert.Empty(await installation.Ledger.JobsAsync(JobQuery.Everything, default));

        async Task RefusedAsync(JobRequest request, Stream manifest, string text)
        {
            SubmissionException refused = await Assert.ThrowsAsync<SubmissionException>(() => installation.Service.Submission.SubmitAsync(request, manifest, default));
            Assert.Contains(text, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_place_that_is_gone_when_it_is_imported_fails_the_job_with_the_reason()
    {
        await using var installation = new Installation();
        string place = Pictures(installation, 2);
        (JobInfo job, _) = await installation.Service.Submission.SubmitAsync(new JobRequest { Source = place, Emotions = Two }, Stream.Null, default);
        Directory.Delete(place, recursive: true);
        installation.Start();
        Assert.Equal(JobState.Failed, (await installation.EndedAsync(job.Id)).State);
        Assert.Contains(await installation.Ledger.EventsAsync(job.Id, 10, default), e => e.Detail?.Contains("no such folder", StringComparison.Ordinal) == true);
    }

    private static string Pictures(Installation installation, int count)
    {
        string place = Path.Combine(installation.Root, "pictures");
        Directory.CreateDirectory(Path.Combine(place, "sub"));
        File.WriteAllText(Path.Combine(place, "empty.png"), "");
        File.WriteAllText(Path.Combine(place, "readme.txt"), "no picture");
        for (int i = 0; i < count; i++)
        {
            File.WriteAllText(Path.Combine(place, i % 2 == 0 ? "." : "sub", $"p{i}.jpg"), $"picture {i}");
        }

        return place;
    }
}
