namespace Pipeline.Stages.Core;

/// <summary>Makes outcomes of units.</summary>
public static class UnitOutcome
{
    /// <summary>A unit that failed.</summary>
    public static UnitOutcome<T> Failed<T>(Exception error) => new(default, error);

    /// <summary>Computes each unit by itself and keeps its failure to itself.</summary>
    public static IReadOnlyList<UnitOutcome<TOut>> Each<TIn, TOut>(IReadOnlyList<TIn> batch, Func<TIn, TOut> compute, CancellationToken cancellation)
    {
        var outcomes = new UnitOutcome<TOut>[batch.Count];
        for (int i = 0; i < outcomes.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                outcomes[i] = compute(batch[i]);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                outcomes[i] = Failed<TOut>(e);
            }
        }

        return outcomes;
    }
}
