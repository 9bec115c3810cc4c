using Pipeline.Stages.Core;

namespace Pipeline.Stages.Tests.Fakes;

/// <summary>The five stages with the data flow of the real ones.</summary>
internal sealed class FakeStages
{
    public FakeStage Prompt { get; init; } = new("prompt", UnitScope.Target, ["source"], maxBatch: 4);

    public FakeStage Invert { get; init; } = new("invert", UnitScope.Picture, ["source", "prompt.source"], "steps");

    public FakeStage Edit { get; init; } = new("edit", UnitScope.Target, ["source", "mask", "prompt.prompts", "invert.trajectory"], "kappa", maxBatch: 8);

    public FakeStage Caption { get; init; } = new("caption", UnitScope.Target, ["edit.image"], "words", maxBatch: 4);

    public FakeStage Score { get; init; } = new("score", UnitScope.Target, ["source", "edit.image"], maxBatch: 4);

    public IReadOnlyList<FakeStage> All => [Prompt, Invert, Edit, Caption, Score];

    public int Computed => All.Sum(s => s.ComputedUnits);

    public IReadOnlyList<StageRunner> Runners => [.. All.Select(s => StageRunner.Create(s))];

    public static FakeStage EditWith(TimeSpan delay = default, int transientFailures = 0, int unfitAt = 0) =>
        new("edit", UnitScope.Target, ["source", "mask", "prompt.prompts", "invert.trajectory"], "kappa", maxBatch: 8) { Delay = delay, TransientFailures = transientFailures, UnfitAt = unfitAt };
}
