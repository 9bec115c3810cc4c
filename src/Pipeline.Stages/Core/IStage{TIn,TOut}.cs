using Pipeline.Storage;

namespace Pipeline.Stages.Core;

/// <summary>
/// A stage: pure work over artefacts. It knows neither broker nor ledger nor job; the plumbing looks results up, batches, retries, stores and publishes.
/// </summary>
/// <typeparam name="TIn">What the computation reads, in memory.</typeparam>
/// <typeparam name="TOut">What it makes, in memory.</typeparam>
public interface IStage<TIn, TOut> : IStage
{
    /// <summary>What the unit's result depends on. Pure and cheap: no model, no input is read.</summary>
    /// <exception cref="Contracts.Errors.PipelineException">The parameters are impossible.</exception>
    UnitKey Key(StageUnit unit);

    /// <summary>Reads and decodes the inputs. Runs on the pool, outside the compute thread.</summary>
    Task<TIn> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation);

    /// <summary>
    /// Computes a batch, in its order, synchronously on the one compute thread. Every result must be the same whatever else is in the batch. A batch that throws is
    /// computed again in halves down to single units, so only the unit that is at fault fails.
    /// </summary>
    IReadOnlyList<UnitOutcome<TOut>> Compute(IReadOnlyList<TIn> batch, CancellationToken cancellation);

    /// <summary>Encodes and stores the outputs. Runs on the pool.</summary>
    Task<UnitOutput> StoreAsync(StageUnit unit, TOut value, IArtefactStore store, CancellationToken cancellation);
}
