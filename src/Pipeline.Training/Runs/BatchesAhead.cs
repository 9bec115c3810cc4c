namespace Pipeline.Training.Runs;

/// <summary>
/// Makes batches while the step before them is computed, a bounded number ahead, and hands them out in their order: what a run computes does not depend on how many threads read, nor on how fast they are.
/// </summary>
internal sealed class BatchesAhead : IDisposable
{
    private readonly IEnumerator<PlannedBatch> _coming;
    private readonly Func<PlannedBatch, BatchLoss> _load;
    private readonly TaskFactory? _readers;
    private readonly int _ahead;
    private readonly Queue<(PlannedBatch Batch, Task<BatchLoss> Loss)> _made = new();
    private readonly CancellationTokenSource _end = new();

    /// <param name="coming">All batches to come; read in the caller's thread.</param>
    /// <param name="load">Makes a batch, on any thread.</param>
    /// <param name="surroundings">Threads, and how many batches wait at most.</param>
    public BatchesAhead(IEnumerable<PlannedBatch> coming, Func<PlannedBatch, BatchLoss> load, TrainingSurroundings surroundings)
    {
        (_coming, _load, _ahead) = (coming.GetEnumerator(), load, Math.Max(1, surroundings.Ahead));
        _readers = surroundings.Readers < 1 ? null
            : new TaskFactory(_end.Token, TaskCreationOptions.None, TaskContinuationOptions.None, new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, surroundings.Readers).ConcurrentScheduler);
    }

    /// <summary>The next batch; waits for it.</summary>
    public (PlannedBatch Batch, BatchLoss Loss) Next()
    {
        if (_readers is null)
        {
            return _coming.MoveNext() ? (_coming.Current, _load(_coming.Current)) : throw new InvalidOperationException("all batches were taken");
        }

        Fill(_readers);
        (PlannedBatch batch, Task<BatchLoss> loss) = _made.TryDequeue(out (PlannedBatch Batch, Task<BatchLoss> Loss) first) ? first : throw new InvalidOperationException("all batches were taken");
        Fill(_readers);
        return (batch, loss.GetAwaiter().GetResult());
    }

    /// <summary>Waits for batches that are being made, so that their data may be closed.</summary>
    public void Dispose()
    {
        _end.Cancel();
        foreach ((_, Task<BatchLoss> loss) in _made)
        {
            ((IAsyncResult)loss).AsyncWaitHandle.WaitOne();
            _ = loss.Exception;
        }

        _coming.Dispose();
        _end.Dispose();
    }

    private void Fill(TaskFactory readers)
    {
        while (_made.Count < _ahead && _coming.MoveNext())
        {
            PlannedBatch batch = _coming.Current;
            _made.Enqueue((batch, readers.StartNew(() => _load(batch))));
        }
    }
}
