using Pipeline.Stages.Core;
using Pipeline.Storage;

namespace Pipeline.Benchmarks;

/// <summary>A stage whose computation is counted.</summary>
internal sealed class MeasuredStage<TIn, TOut>(IStage<TIn, TOut> inner, ModelClock clock) : IStage<TIn, TOut>
{
    public string Name => inner.Name;

    public string Implementation => inner.Implementation;

    public UnitScope Scope => inner.Scope;

    public IReadOnlyDictionary<string, string> Models => inner.Models;

    public int MaxBatch => inner.MaxBatch;

    public TimeSpan BatchWait => inner.BatchWait;

    public UnitKey Key(StageUnit unit) => inner.Key(unit);

    public Task<TIn> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation) => inner.LoadAsync(unit, store, cancellation);

    public IReadOnlyList<UnitOutcome<TOut>> Compute(IReadOnlyList<TIn> batch, CancellationToken cancellation) => clock.Count(() => inner.Compute(batch, cancellation));

    public Task<UnitOutput> StoreAsync(StageUnit unit, TOut value, IArtefactStore store, CancellationToken cancellation) => inner.StoreAsync(unit, value, store, cancellation);

    /// <summary>Computes one unit without anything around it.</summary>
    public TOut Call(TIn input) => Compute([input], CancellationToken.None)[0] is { Error: null } outcome ? outcome.Value! : throw new InvalidOperationException($"{Name} failed");
}
