using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pipeline.Stages.Core;

/// <summary>
/// The one thread of a process on which tensors are computed. OpenMP keeps a team of workers for every calling thread, and gradient mode and dispose scopes belong to a
/// thread, so tensor work must never wander over the pool.
/// </summary>
public sealed class ComputeThread : IDisposable
{
    private readonly BlockingCollection<Action> queue = [];
    private readonly Thread thread;

    /// <summary>Starts the thread.</summary>
    public ComputeThread()
    {
        // Deep model recursion and native code: more than the default 1.5 MB of secondary threads.
        thread = new Thread(Loop, maxStackSize: 16 << 20) { IsBackground = true, Name = "compute" };
        thread.Start();
    }

    /// <summary>Runs some work on the thread, after everything that was asked before.</summary>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation)
    {
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Activity? activity = Activity.Current;
        queue.Add(
            () =>
            {
                if (cancellation.IsCancellationRequested)
                {
                    source.SetCanceled(cancellation);
                    return;
                }

                Activity.Current = activity;
                try
                {
                    source.SetResult(work());
                }
                catch (OperationCanceledException e)
                {
                    source.SetCanceled(e.CancellationToken);
                }
                catch (Exception e)
                {
                    source.SetException(e);
                }
                finally
                {
                    Activity.Current = null;
                }
            },
            cancellation);
        return source.Task;
    }

    /// <summary>Finishes what is queued and ends the thread.</summary>
    public void Dispose()
    {
        queue.CompleteAdding();
        thread.Join();
        queue.Dispose();
    }

    private void Loop()
    {
        foreach (Action work in queue.GetConsumingEnumerable())
        {
            work();
        }
    }
}
