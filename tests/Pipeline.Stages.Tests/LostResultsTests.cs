using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Ledger;
using Pipeline.Stages.Collecting;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Tests.Fakes;

namespace Pipeline.Stages.Tests;

/// <summary>Results of a run that are lost or damaged after their item ended.</summary>
public sealed class LostResultsTests : IDisposable
{
    private readonly RunFixture run = new();

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData("manifest")]
    [InlineData("blob")]
    [InlineData("damage")]
    public async Task A_picture_that_is_lost_after_its_item_ended_is_made_again_before_the_data_set_is_written(string what)
    {
        using var calm = new RunFixture();
        calm.AddPictures(2);
        await calm.Run(new FakeStages());
        run.AddPictures(2);
        var stages = new FakeStages();
        bool isLost = false;
        var events = new RunEvents(e =>
        {
            if (e is RunProgress { Done: 6 } && !isLost)
            {
                isLost = true;
                LosePicture(what);
            }
        });
        RunSummary summary = await run.Run(stages, null, events);
        Assert.Equal((true, JobState.Done, 6L, 0L, 7), (isLost, summary.State, summary.Done, summary.Failed, stages.Edit.ComputedUnits));
        Assert.Equal(calm.DataSet(), run.DataSet());
        Assert.All(events.All.OfType<RunProgress>(), p => Assert.True(p.ItemsPerSecond >= 0, $"{p}"));
    }

    [Fact]
    public async Task Pictures_that_are_lost_again_and_again_end_the_run_and_a_later_one_makes_them()
    {
        using var calm = new RunFixture();
        calm.AddPictures(1);
        await calm.Run(new FakeStages());
        run.AddPictures(1);
        var stages = new FakeStages();
        PipelineException e = await Assert.ThrowsAnyAsync<PipelineException>(() => run.Run(stages, null, new RunEvents(e =>
        {
            if (e is RunProgress { Done: 3 })
            {
                LosePicture("manifest");
            }
        })));
        Assert.Equal((ErrorCodes.ArtefactMissing, FaultClass.Environment), (e.Code, e.Class));
        Assert.Contains("again and again", e.Message, StringComparison.Ordinal);
        Assert.Contains("moodpipe doctor storage", e.Message, StringComparison.Ordinal);
        Assert.InRange(stages.Edit.ComputedUnits, 3 + LostResults.MaxRounds, 3 * (1 + LostResults.MaxRounds));
        Assert.False(File.Exists(Path.Combine(run.OutputFolder, "metadata.jsonl")));
        RunSummary later = await run.Run(new FakeStages());
        Assert.Equal((3L, JobState.Done), (later.Done, later.State));
        Assert.Equal(calm.DataSet(), run.DataSet());
    }

    [Fact]
    public async Task A_run_that_is_drained_while_lost_results_are_made_again_goes_on_with_them()
    {
        run.AddPictures(4);
        await run.Run(new FakeStages());
        SortedDictionary<string, string> first = run.DataSet();
        LoseAll();
        using var drain = new CancellationTokenSource();
        RunSummary interrupted = await run.Run(new FakeStages { Edit = FakeStages.EditWith(TimeSpan.FromMilliseconds(30)) }, o => o with { Window = 4 }, new RunEvents(e =>
        {
            if (e is RunProgress { InFlight: > 0, Done: < 12 })
            {
                drain.Cancel();
            }
        }), drain.Token);
        Assert.True(interrupted.Interrupted);
        Assert.Null(interrupted.MetadataPath);
        RunSummary rest = await run.Run(new FakeStages());
        Assert.Equal((12L, 0L), (rest.Done, rest.Open));
        Assert.Equal(first, run.DataSet());
    }

    [Fact]
    public async Task Results_lost_after_the_end_of_the_run_are_made_again_by_the_next_one_and_only_they()
    {
        run.AddPictures(2);
        await run.Run(new FakeStages());
        SortedDictionary<string, string> first = run.DataSet();
        LoseAll();
        var again = new FakeStages();
        RunSummary summary = await run.Run(again);
        Assert.Equal((JobState.Done, 6L), (summary.State, summary.Done));
        Assert.Equal([0, 0, 6, 0, 0], again.All.Select(s => s.ComputedUnits));
        Assert.Equal(first, run.DataSet());
    }

    [Fact]
    public async Task What_a_failed_item_has_left_is_not_made_again_and_the_way_out_is_named()
    {
        run.Add("bad", "POISON edit", "\"joy\"");
        await run.Run(new FakeStages());
        SortedDictionary<string, string> first = run.DataSet();
        Directory.Delete(Path.Combine(run.State, "artefacts", "cas", "prompt"), recursive: true);
        PipelineException e = await Assert.ThrowsAnyAsync<PipelineException>(() => run.Run(new FakeStages()));
        Assert.Equal((ErrorCodes.ArtefactMissing, FaultClass.Environment), (e.Code, e.Class));
        Assert.Contains("ledger.db", e.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(run.State, "ledger.db"));
        await run.Run(new FakeStages());
        Assert.Equal(first, run.DataSet());
    }

    private void LoseAll()
    {
        Directory.Delete(run.OutputFolder, recursive: true);
        Directory.Delete(Path.Combine(run.State, "artefacts", "cas", "edit"), recursive: true);
    }

    // The edited picture of one item, as a store may lose it.
    private void LosePicture(string what)
    {
        string store = Path.Combine(run.State, "artefacts");
        string manifest = Directory.EnumerateFiles(Path.Combine(store, "cas", "edit"), "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        string digest = ContractJson.Deserialize<StageManifest>(File.ReadAllBytes(manifest)).Outputs["image"].Sha256;
        string blob = Directory.EnumerateFiles(Path.Combine(store, "blob"), "*", SearchOption.AllDirectories).Single(f => Path.GetFileName(f).StartsWith(digest, StringComparison.Ordinal));
        if (what == "damage")
        {
            byte[] content = File.ReadAllBytes(blob);
            content[^1] ^= 1;
            File.Delete(blob);
            File.WriteAllBytes(blob, content);
        }
        else
        {
            File.Delete(what == "manifest" ? manifest : blob);
        }
    }
}
