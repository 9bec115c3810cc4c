
namespace Pipeline.Stages.Core;

/// <summary>A stage without its types: brings units from their keys to their manifests.</summary>
public abstract class StageRunner
{
    /// <summary>The stage.</summary>
    public abstract IStage Stage { get; }

    /// <summary>What a unit's result depends on.</summary>
    public abstract UnitKey KeyOf(StageUnit unit);

    /// <summary>Runs a stage's units: equal units once, known ones not at all. Never throws for a unit; throws when cancelled or when the worker itself is unfit.</summary>
    /// <returns>One result for each unit, in order.</returns>
    public abstract Task<IReadOnlyList<UnitResult>> RunAsync(IReadOnlyList<StageUnit> units, StageServices services, CancellationToken cancellation);

    /// <summary>The runner of a stage.</summary>
    public static StageRunner Create<TIn, TOut>(IStage<TIn, TOut> stage) => new StageRunner<TIn, TOut>(stage);
}
