using System.Collections.Concurrent;
using Pipeline.Stages.Embedded;

namespace Pipeline.Stages.Tests;

/// <summary>Keeps what a run reports, and does something at each report.</summary>
internal sealed class RunEvents(Action<RunEvent> action) : IProgress<RunEvent>
{
    public ConcurrentQueue<RunEvent> All { get; } = new();

    public void Report(RunEvent value)
    {
        All.Enqueue(value);
        action(value);
    }
}
