using System.Diagnostics;

namespace Pipeline.Stages.Core;

/// <summary>
/// The one thread of a process on which tensors are computed. OpenMP keeps a team of workers for every calling thread, and gradient mode and dispose scopes belong to a
/// thread, so tensor work must never wander over the pool. Work of one lane runs in its order; between lanes the one that has used least of the device for its weight goes first.
/// </summary>
public sealed class ComputeThread : IDisposable
{
    private readonly object gate = new();
    private readonly Dictionary<string, LaneQueue> lanes = new(StringComparer.Ordinal);
    private readonly TimeProvider time;
    private readonly Thread thread;
    private double served; // what the lane that was served last had used: where a lane starts that was idle
    private bool closed;
    private volatile bool busy;

    /// <summary>Starts the thread.</summary>
    /// <param name="time">Clock that measures what lanes use; default the system's.</param>
    public ComputeThread(TimeProvider? time = null)
    {
        this.time = time ?? TimeProvider.System;
        // Deep model recursion and native code: more than the default 1.5 MB of secondary threads.
        thread = new Thread(Loop, maxStackSize: 16 << 20) { IsBackground = true, Name = "compute" };
        thread.Start();
    }

    /// <summary>Whether something is computed right now.</summary>
    public bool IsBusy => busy;

    /// <summary>Runs some work on the thread.</summary>
    /// <param name="work">The work.</param>
    /// <param name="cancellation">Stops waiting; work that has begun must look at it itself.</param>
    /// <param name="lane">Whose turn it is; default <see cref="ComputeLane.Single"/>.</param>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation, ComputeLane? lane = null)
    {
        cancellation.ThrowIfCancellationRequested();
        var source = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Activity? activity = Activity.Current;
        Enqueue(lane ?? ComputeLane.Single, () => Run(work, source, activity, cancellation));
        return source.Task;
    }

    /// <summary>Finishes what is queued and ends the thread.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            Monitor.Pulse(gate);
        }

        thread.Join();
    }

    private static void Run<T>(Func<T> work, TaskCompletionSource<T> source, Activity? activity, CancellationToken cancellation)
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
    }

    private void Enqueue(ComputeLane lane, Action work)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            if (!lanes.TryGetValue(lane.Name, out LaneQueue? queue))
            {
                lanes.Add(lane.Name, queue = new LaneQueue(lane));
            }

            if (queue.Work.Count == 0)
            {
                // Idle time is not saved up: whoever comes back starts where the others are.
                queue.Used = Math.Max(queue.Used, served);
            }

            queue.Work.Enqueue(work);
            Monitor.Pulse(gate);
        }
    }

    private void Loop()
    {
        while (Next() is { } lane)
        {
            long start = time.GetTimestamp();
            busy = true;
            lane.Current!();
            busy = false;
            lock (gate)
            {
                lane.Used += Math.Max(1, time.GetElapsedTime(start).Ticks) / (double)Math.Max(1, lane.Lane.Weight);
            }
        }
    }

    private LaneQueue? Next()
    {
        lock (gate)
        {
            while (true)
            {
                LaneQueue? first = lanes.Values.Where(l => l.Work.Count > 0).MinBy(l => l.Used);
                if (first is not null)
                {
                    served = first.Used;
                    first.Current = first.Work.Dequeue();
                    return first;
                }

                if (closed)
                {
                    return null;
                }

                Monitor.Wait(gate);
            }
        }
    }

    private sealed class LaneQueue(ComputeLane lane)
    {
        public ComputeLane Lane { get; } = lane;

        public Queue<Action> Work { get; } = new();

        public Action? Current { get; set; }

        /// <summary>Time used, divided by the weight.</summary>
        public double Used { get; set; }
    }
}
