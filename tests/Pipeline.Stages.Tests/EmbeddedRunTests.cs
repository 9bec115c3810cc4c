using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Core;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Telemetry;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.TestKit;

namespace Pipeline.Stages.Tests;

public sealed class EmbeddedRunTests : IDisposable
{
    private readonly RunFixture run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public async Task Every_item_comes_out_once_in_the_order_of_the_manifest()
    {
        run.AddPictures(20);
        var stages = new FakeStages();
        RunSummary summary = await run.Run(stages);
        Assert.Equal((60L, 60L, 0L, 0L, false, JobState.Done), (summary.Items, summary.Done, summary.Failed, summary.Open, summary.Interrupted, summary.State));
        ResultRecord[] records = [.. run.MetadataLines.Select(l => JsonSerializer.Deserialize<ResultRecord>(l, ContractJson.Options)!)];
        Assert.Equal(Enumerable.Range(0, 20).SelectMany(i => new[] { "joy", "fear", "anger" }.Select(e => ($"p{i}", e))), records.Select(r => (r.Id, r.Emotion)));
        Assert.All(records, r =>
        {
            Assert.Equal(ResultStatus.Ok, r.Status);
            Assert.NotNull(r.Caption);
            Assert.Equal(2, r.Metrics!.Count);
            Assert.Equal(StageNames.All, r.Work!.Keys);
            Assert.Equal($"images/{r.Emotion}/{r.Id}.png", r.FileName);
            Assert.Equal(r.Output!.ImageSha256, Sha256Digest.Of(File.ReadAllBytes(Path.Combine(run.OutputFolder, r.FileName!))));
        });
        Assert.Equal(60, records.Select(r => r.JobKey).Distinct().Count());
        Assert.Equal(60, records.Select(r => r.Output!.ImageSha256).Distinct().Count());
        // One unit a picture until invert, one an edit afterwards; prompt has both.
        Assert.Equal([60, 20, 60, 60, 60], stages.All.Select(s => s.ComputedUnits));
        Assert.Single(stages.All.SelectMany(s => s.Threads.Keys).Distinct());
    }

    [Fact]
    public async Task The_same_run_again_computes_nothing_and_writes_the_same_bytes()
    {
        run.AddPictures(5);
        await run.Run(new FakeStages());
        SortedDictionary<string, string> first = run.DataSet();
        var again = new FakeStages();
        RunSummary summary = await run.Run(again);
        Assert.Equal((0, 15L), (again.Computed, summary.Done));
        Assert.Equal(first, run.DataSet());
    }

    [Fact]
    public async Task Another_job_over_the_same_pictures_finds_everything_in_the_store()
    {
        run.AddPictures(5);
        await run.Run(new FakeStages());
        SortedDictionary<string, string> first = run.DataSet();
        run.Output = "second";
        var again = new FakeStages();
        RunSummary summary = await run.Run(again, o => o with { JobId = "another", Window = 3 });
        Assert.Equal(0, again.Computed);
        Assert.All(summary.Stages, s => Assert.Equal((0, 15, 0), (s.Computed, s.Cached, s.Failed)));
        Assert.Equal(first, run.DataSet());
    }

    [Fact]
    public async Task A_parameter_invalidates_only_the_stages_that_read_it_and_what_follows()
    {
        run.AddPictures(3);
        await run.Run(new FakeStages());
        var caption = new FakeStages();
        await run.Run(caption, o => o with { Defaults = o.Defaults with { Params = Json("""{"words":5}""") } });
        Assert.Equal([0, 0, 0, 9, 0], caption.All.Select(s => s.ComputedUnits));
        var edit = new FakeStages();
        await run.Run(edit, o => o with { Defaults = o.Defaults with { Params = Json("""{"words":5,"kappa":0.5}""") } });
        Assert.Equal([0, 0, 9, 9, 9], edit.All.Select(s => s.ComputedUnits));
        var model = new FakeStages { Score = new FakeStage("score", Core.UnitScope.Target, ["source", "edit.image"]) { Models = new Dictionary<string, string> { ["clip"] = "m2" } } };
        await run.Run(model);
        Assert.Equal([0, 0, 0, 0, 9], model.All.Select(s => s.ComputedUnits));
    }

    [Fact]
    public async Task The_same_picture_twice_shares_all_artefacts()
    {
        run.Add("a", "same");
        run.Add("b", "same");
        var stages = new FakeStages();
        await run.Run(stages);
        Assert.Equal([3, 1, 3, 3, 3], stages.All.Select(s => s.ComputedUnits));
        Assert.Equal(6, run.MetadataLines.Length);
    }

    [Fact]
    public async Task Bad_items_end_with_a_typed_error_and_nothing_else_stops()
    {
        run.Add("good", "picture");
        run.Add("undecodable", "POISON prompt");
        run.Add("half", "POISON edit");
        run.Add("late", "POISON score");
        run.Add("defect", "LOGIC invert");
        run.AddLine("""{"id":"missing","image":"nowhere.bin","emotions":["joy"]}""");
        run.AddLine("""{"id":"foreign","image":"s3://bucket/x.png","emotions":["joy"]}""");
        run.Add("declared", "content", more: $",\"sha256\":\"{new string('0', 64)}\"");
        run.Add("large", new string('x', 2000), "\"joy\"");
        RunSummary summary = await run.Run(new FakeStages(), o => o with { MaxSourceBytes = 1000 });
        Assert.Equal(JobState.DoneWithErrors, summary.State);
        ResultRecord[] records = [.. run.MetadataLines.Select(l => JsonSerializer.Deserialize<ResultRecord>(l, ContractJson.Options)!)];
        var errors = records.DistinctBy(r => r.Id).ToDictionary(r => r.Id, r => r.Error is null ? "ok" : $"{r.Error.Stage} {r.Error.Code}");
        Assert.Equal("ok", errors["good"]);
        Assert.Equal($"prompt {ErrorCodes.SourceUndecodable}", errors["undecodable"]);
        Assert.Equal($"edit {ErrorCodes.SourceUndecodable}", errors["half"]);
        Assert.Equal($"score {ErrorCodes.SourceUndecodable}", errors["late"]);
        Assert.Equal($"invert {ErrorCodes.Logic}", errors["defect"]);
        Assert.Equal($"prompt {ErrorCodes.SourceMissing}", errors["missing"]);
        Assert.Equal($"prompt {ErrorCodes.SourceUnreadable}", errors["foreign"]);
        Assert.Equal($"prompt {ErrorCodes.SourceDigest}", errors["declared"]);
        Assert.Equal($"prompt {ErrorCodes.SourceTooLarge}", errors["large"]);
        Assert.Equal(3, summary.Done);
        Assert.Equal(records.Length - 3, summary.Failed);
        ErrorSummary undecodable = Assert.Single(summary.Errors, e => e.Stage == "edit");
        Assert.Equal(3, undecodable.Items);
    }

    [Fact]
    public async Task Faults_of_the_world_are_tried_again_and_leave_no_trace_in_the_data_set()
    {
        run.AddPictures(4);
        await run.Run(new FakeStages());
        SortedDictionary<string, string> calm = run.DataSet();
        using var stormy = new RunFixture();
        stormy.AddPictures(4);
        RunSummary summary = await stormy.Run(new FakeStages { Edit = FakeStages.EditWith(transientFailures: 2) });
        Assert.Equal((12L, 0L), (summary.Done, summary.Failed));
        Assert.Equal(calm, stormy.DataSet());
        Assert.Equal(24, Assert.Single(summary.Errors).Occurrences);
    }

    [Fact]
    public async Task An_item_is_given_up_after_its_last_try_and_a_later_run_may_try_again()
    {
        run.AddPictures(1, "\"joy\"");
        RunSummary failed = await run.Run(new FakeStages { Edit = FakeStages.EditWith(transientFailures: 100) });
        Assert.Equal((0L, 1L), (failed.Done, failed.Failed));
        Assert.Contains("\"retriable\":true", run.Metadata, StringComparison.Ordinal);
        RunSummary untouched = await run.Run(new FakeStages());
        Assert.Equal(1, untouched.Failed);
        RunSummary retried = await run.Run(new FakeStages(), o => o with { RetryFailed = true });
        Assert.Equal((1L, 0L), (retried.Done, retried.Failed));
    }

    [Fact]
    public async Task Pictures_of_a_batch_are_written_while_the_next_batch_is_computed()
    {
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int computed = 0, overlapped = 0;
        FakeStage edit = new("edit", UnitScope.Target, ["source", "mask", "prompt.prompts", "invert.trajectory"], "kappa", maxBatch: 1)
        {
            OnCompute = () =>
            {
                if (Interlocked.Increment(ref computed) == 2)
                {
                    second.SetResult();
                }
            },
            OnStore = async () =>
            {
                if (await Task.WhenAny(second.Task, Task.Delay(TimeSpan.FromMinutes(1))) == second.Task)
                {
                    Interlocked.Increment(ref overlapped);
                }
            },
        };
        run.Add("a", "picture", "\"joy\",\"fear\"");
        RunSummary summary = await run.Run(new FakeStages { Edit = edit });
        Assert.Equal((2L, 2), (summary.Done, overlapped)); // the first was held back until the second was computing
    }

    [Fact]
    public async Task A_batch_that_breaks_is_halved_until_the_culprit_is_alone()
    {
        run.Add("a", "one", "\"1\",\"2\",\"3\",\"4\"");
        run.Add("b", "BATCH edit", "\"1\",\"2\",\"3\",\"4\",\"5\"");
        var stages = new FakeStages();
        RunSummary summary = await run.Run(stages);
        Assert.Equal((9L, 0L), (summary.Done, summary.Failed));
        Assert.Contains(1, stages.Edit.Batches);
        Assert.Contains(stages.Edit.Batches, b => b > 1);
    }

    [Fact]
    public async Task An_unfit_machine_ends_the_run_and_no_item_pays_for_it()
    {
        run.AddPictures(10);
        PipelineException e = await Assert.ThrowsAnyAsync<PipelineException>(() => run.Run(new FakeStages { Edit = FakeStages.EditWith(unfitAt: 3) }));
        Assert.Equal((ErrorCodes.ModelMissing, FaultClass.Environment), (e.Code, e.Class));
        Assert.False(File.Exists(Path.Combine(run.OutputFolder, "metadata.jsonl")));
        RunSummary summary = await run.Run(new FakeStages());
        Assert.Equal((30L, 0L), (summary.Done, summary.Failed));
        Assert.Empty(summary.Errors);
    }

    [Fact]
    public async Task One_defect_in_many_items_pauses_the_job()
    {
        for (int i = 0; i < 60; i++)
        {
            run.Add($"p{i}", $"LOGIC edit {i}", "\"joy\"");
        }

        RunSummary summary = await run.Run(new FakeStages(), o => o with { Window = 8 });
        Assert.Equal((JobState.Paused, true), (summary.State, summary.Interrupted));
        Assert.InRange(summary.Failed, 20, 40);
        Assert.Equal(summary.Failed, Assert.Single(summary.Errors).Items);
    }

    [Fact]
    public async Task Draining_finishes_what_is_in_hand_and_the_next_run_goes_on()
    {
        run.AddPictures(12);
        var slow = new FakeStages { Edit = FakeStages.EditWith(TimeSpan.FromMilliseconds(30)) };
        using var drain = new CancellationTokenSource();
        var events = new RunEvents(e =>
        {
            if (e is RunProgress { Done: >= 3 })
            {
                drain.Cancel();
            }
        });
        RunSummary interrupted = await run.Run(slow, o => o with { Window = 9 }, events, drain.Token);
        Assert.True(interrupted.Interrupted);
        Assert.Null(interrupted.MetadataPath);
        Assert.InRange(interrupted.Done, 3, 35);
        Assert.Contains(events.All, e => e is RunDraining);
        int before = slow.Edit.ComputedUnits;
        var rest = new FakeStages();
        RunSummary summary = await run.Run(rest, o => o with { Window = 9 });
        Assert.Equal((36L, 36), (summary.Done, before + rest.Edit.ComputedUnits));
        Assert.Contains(events.All, e => e is RunStarted { Resumed: false, Items: 36 });
    }

    [Fact]
    public async Task Stopping_ends_at_once_and_the_next_run_goes_on()
    {
        run.AddPictures(12);
        using var stop = new CancellationTokenSource();
        var events = new RunEvents(e =>
        {
            if (e is RunProgress { Done: >= 1 })
            {
                stop.Cancel();
            }
        });
        RunSummary interrupted = await run.Run(new FakeStages { Edit = FakeStages.EditWith(TimeSpan.FromMilliseconds(20)) }, null, events, default, stop.Token);
        Assert.True(interrupted.Interrupted);
        RunSummary summary = await run.Run(new FakeStages());
        Assert.Equal((36L, 0L), (summary.Done, summary.Failed));
    }

    [Fact]
    public async Task Lost_artefacts_are_made_again()
    {
        run.AddPictures(3);
        await run.Run(new FakeStages());
        SortedDictionary<string, string> first = run.DataSet();
        string[] blobs = Directory.GetFiles(Path.Combine(run.State, "artefacts", "blob"), "*", SearchOption.AllDirectories);
        File.Delete(blobs[0]);
        File.WriteAllText(blobs[1], "short");
        byte[] flipped = File.ReadAllBytes(blobs[2]);
        flipped[^1] ^= 1;
        File.WriteAllBytes(blobs[2], flipped);
        foreach (string path in Directory.GetFiles(Path.Combine(run.State, "artefacts", "cas", "edit"), "*", SearchOption.AllDirectories).Concat(
            Directory.GetFiles(Path.Combine(run.State, "artefacts", "cas", "caption"), "*", SearchOption.AllDirectories)))
        {
            File.Delete(path); // so that stored inputs are read again
        }

        Directory.Delete(run.OutputFolder, recursive: true);
        RunSummary summary = await run.Run(new FakeStages(), o => o with { JobId = "again" });
        Assert.Equal((9L, 0L), (summary.Done, summary.Failed));
        Assert.Equal(first, run.DataSet());
    }

    [Fact]
    public async Task Bad_manifest_lines_refuse_the_run_unless_they_are_to_be_skipped()
    {
        run.Add("a", "x", "\"joy\"");
        run.AddLine("""{"id":"b"}""");
        ManifestException e = await Assert.ThrowsAsync<ManifestException>(() => run.Run(new FakeStages()));
        Assert.All(e.Errors, error => Assert.Equal(2, error.Line));
        RunSummary summary = await run.Run(new FakeStages(), o => o with { SkipBadLines = true });
        Assert.Equal((1L, 2), (summary.Done, summary.ManifestErrors.Count));
    }

    [Fact]
    public async Task Variants_seeds_intensities_labels_and_masks_arrive_where_they_belong()
    {
        run.Add("a", "x", """{"emotion":"joy","intensity":0.5,"seed":7},"fear" """, ""","num_variants":2,"labels":{"split":"train"},"mask":"m.bin","seed":100""");
        File.WriteAllText(Path.Combine(run.Root, "m.bin"), "a mask");
        await run.Run(new FakeStages());
        ResultRecord[] records = [.. run.MetadataLines.Select(l => JsonSerializer.Deserialize<ResultRecord>(l, ContractJson.Options)!)];
        Assert.Equal([("joy", 0, 7L, 0.5), ("joy", 1, 8L, 0.5), ("fear", 0, 100L, 1.0), ("fear", 1, 101L, 1.0)], records.Select(r => (r.Emotion, r.Variant, r.Seed, r.Intensity)));
        Assert.Equal("images/joy/a~v1.png", records[1].FileName);
        Assert.All(records, r => Assert.Equal("train", r.Labels!["split"]));
        Assert.Equal(4, records.Select(r => r.Output!.ImageSha256).Distinct().Count());
        string edit = Directory.GetFiles(Path.Combine(run.State, "artefacts", "cas", "edit"), "*.json", SearchOption.AllDirectories).Select(File.ReadAllText).First();
        Assert.Contains("\"mask\":", edit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_wanted_stages_run()
    {
        run.AddPictures(2);
        var stages = new FakeStages();
        RunSummary summary = await run.Run(stages, o => o with { Stages = ["prompt", "invert", "edit", "caption"] });
        Assert.Equal((6L, 0), (summary.Done, stages.Score.ComputedUnits));
    }

    [Fact]
    public async Task Two_runs_never_share_a_state_folder_at_the_same_time()
    {
        run.AddPictures(6);
        Task<RunSummary> first = run.Run(new FakeStages { Edit = FakeStages.EditWith(TimeSpan.FromMilliseconds(50)) });
        await Assert.ThrowsAsync<PipelineException>(async () =>
        {
            while (!first.IsCompleted)
            {
                await Task.Delay(20);
                await run.Run(new FakeStages(), o => o with { JobId = "second" });
            }
        });
        Assert.Equal(18, (await first).Done);
    }

    [Fact]
    public async Task An_item_has_one_trace_through_all_stages()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s.Name == StageMetrics.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        run.Add("traced", "one picture of a traced run", "\"joy\"");
        RunSummary summary = await run.Run(new FakeStages());
        string job = summary.JobId;
        Activity[] mine = [.. spans.Where(s => (string?)s.GetTagItem("moodpipe.job") == job)];
        Assert.Equal(StageNames.All.Order(StringComparer.Ordinal), mine.Select(s => (string)s.GetTagItem("moodpipe.stage")!).Order(StringComparer.Ordinal));
        Assert.Single(mine.Select(s => s.TraceId).Distinct());
    }

    [Fact]
    public async Task Killed_at_random_moments_the_data_set_is_that_of_an_undisturbed_run()
    {
        run.AddPictures(40);
        run.Add("bad", "POISON edit");
        run.Add("worse", "POISON caption");
        run.SaveManifest();
        await run.Run(new FakeStages());
        SortedDictionary<string, string> undisturbed = run.DataSet();

        const int Kills = 8;
        var random = new Xorshift(99);
        string? last = null;
        for (int round = 0; round <= Kills; round++)
        {
            string[] death = round < Kills ? [$"{1 + random.Below(6)}", $"{random.Below(60)}"] : [];
            using ChildProcess child = ChildProcess.Start(typeof(Program), ["run", run.Root, .. death]);
            while (await child.Output.ReadLineAsync() is { } line)
            {
                last = line;
            }

            Assert.Equal(round == Kills, last == "finished 120 6 0");
        }

        run.Output = "killed";
        Assert.Equal(undisturbed, run.DataSet());
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement.Clone();
}
