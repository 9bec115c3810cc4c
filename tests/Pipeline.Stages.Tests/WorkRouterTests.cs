using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;

namespace Pipeline.Stages.Tests;

public sealed class WorkRouterTests
{
    [Fact]
    public void One_message_a_picture_until_invert_one_a_group_at_edit_one_an_edit_afterwards()
    {
        StageWork work = Work("prompt", 20);
        StageWork invert = Assert.Single(Next(work));
        Assert.Equal(("invert", 20), (invert.Stage, invert.Targets.Count));
        StageWork[] edits = [.. Next(invert)];
        Assert.Equal([8, 8, 4], edits.Select(e => e.Targets.Count));
        StageWork[] last = [.. Next(edits[2])];
        Assert.Equal(["caption", "score"], last.Select(w => w.Stage).Distinct());
        Assert.Equal(8, last.Length);
        Assert.All(last, w => Assert.Single(w.Targets));
        Assert.Empty(last.SelectMany(Next));
    }

    [Fact]
    public void Stages_that_the_job_does_not_want_get_no_message() =>
        Assert.Equal(["score"], Next(Work("edit", 1) with { Itinerary = ["score"] }).Select(w => w.Stage));

    [Fact]
    public void Every_survivor_goes_on_exactly_once_and_nobody_else() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<PositiveInt>(),
            count =>
            {
                StageWork work = Work("invert", 1 + (count.Get % 40));
                EditTarget[] survivors = [.. work.Targets.Where((_, i) => i % 3 != 1)];
                long[] sent = [.. WorkRouter.Next(work, work.Inputs, survivors).SelectMany(w => w.Targets).Select(t => t.Item)];
                return sent.SequenceEqual(survivors.Select(t => t.Item));
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_largest_messages_stay_within_the_budget_of_sixteen_kilobytes()
    {
        // A group of 8 edits with every artefact that exists at this point.
        StageWork work = Work("edit", 8) with
        {
            Inputs = Refs("source", "mask", "invert.latent"),
            Targets = [.. Enumerable.Range(0, 8).Select(i => new EditTarget { Item = i, Emotion = "disappointment", Seed = long.MaxValue, Inputs = Refs("prompt.prompts", "prompt.map") })],
        };
        Assert.InRange(ContractJson.Serialize(work).Length, 1000, 16 * 1024);
        // A picture with all 27 emotions before they are split.
        Assert.InRange(ContractJson.Serialize(work with { Stage = "invert", Targets = [.. Enumerable.Repeat(work.Targets[0], 27)] }).Length, 1000, 16 * 1024);
    }

    [Fact]
    public void Errors_of_one_cause_have_one_fingerprint_and_those_of_another_do_not()
    {
        ItemError a = FaultClassifier.Describe(new InvalidOperationException("shape [1, 4, 64, 64] of '/tmp/a/b.png' at step 3"));
        ItemError b = FaultClassifier.Describe(new InvalidOperationException("shape [1, 4, 96, 64] of '/tmp/c.png' at step 14"));
        ItemError c = FaultClassifier.Describe(new InvalidOperationException("no shape at step 3"));
        Assert.Equal(a.Fingerprint, b.Fingerprint);
        Assert.NotEqual(a.Fingerprint, c.Fingerprint);
        Assert.Equal((ErrorCodes.Logic, FaultClass.Logic), (a.Code, a.Class));
        Assert.Equal(FaultClass.Memory, FaultClassifier.Describe(new InvalidOperationException("CUDA out of memory. Tried to allocate 2 GiB")).Class);
        ItemError edit = FaultClassifier.Describe(new PipelineException("PIPE3101", FaultClass.Poison, "PIPE3101: steps must be positive"));
        Assert.Equal(("PIPE3101", "steps must be positive"), (edit.Code, edit.Message));
        Assert.Equal(ItemError.MaxMessage, FaultClassifier.Describe(new IOException(new string('x', 5000))).Message.Length);
    }

    [Fact]
    public void A_gate_refuses_cancelled_late_and_draining_work()
    {
        var gate = new WorkGate(TimeProvider.System);
        StageWork work = Work("edit", 1) with { Epoch = 2 };
        Assert.Null(gate.Refuse(work));
        Assert.NotNull(gate.Refuse(work with { DeadlineUtc = DateTimeOffset.UnixEpoch }));
        gate.Apply(new JobControl { JobId = work.JobId, Epoch = 3, Action = ControlAction.Cancel });
        Assert.NotNull(gate.Refuse(work));
        Assert.Null(gate.Refuse(work with { Epoch = 3 }));
        Assert.Null(gate.Refuse(work with { JobId = "other" }));
        gate.Apply(new JobControl { Action = ControlAction.Drain });
        Assert.NotNull(gate.Refuse(work with { Epoch = 3 }));
    }

    private static IEnumerable<StageWork> Next(StageWork work) => WorkRouter.Next(work, work.Inputs, work.Targets);

    private static Dictionary<string, InputRef> Refs(params string[] names) =>
        names.ToDictionary(n => n, _ => new InputRef { Blob = new BlobRef(new string('a', 64), 123456789, "application/json"), Uri = "s3://a-bucket/a/rather/long/path/to/a/picture.png" });

    private static StageWork Work(string stage, int targets) => new()
    {
        JobId = "job", Picture = 0, Stage = stage, Itinerary = [.. new[] { "invert", "edit", "caption", "score" }.Where(s => s != stage)], SettingsDigest = new string('a', 64),
        Inputs = Refs("source"), Targets = [.. Enumerable.Range(0, targets).Select(i => new EditTarget { Item = i, Emotion = "joy" })],
    };
}
