namespace Pipeline.Coordinator.Leading;

/// <summary>Wakes the leader's loop and remembers which jobs something happened to. Many events are one look.</summary>
internal sealed class Wake
{
    private readonly Lock gate = new();
    private HashSet<string> touched = new(StringComparer.Ordinal);
    private TaskCompletionSource signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Set() => Set([]);

    public void Set(IEnumerable<string> jobs)
    {
        lock (gate)
        {
            touched.UnionWith(jobs);
            signal.TrySetResult();
        }
    }

    /// <summary>The jobs since the last call; events from now on wake again.</summary>
    public IReadOnlyCollection<string> Take()
    {
        lock (gate)
        {
            (HashSet<string> taken, touched) = (touched, new HashSet<string>(StringComparer.Ordinal));
            signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return taken;
        }
    }

    /// <summary>Waits for an event since the last <see cref="Take"/>, at most so long.</summary>
    public async Task WaitAsync(TimeSpan most, CancellationToken cancellation)
    {
        Task waiting;
        lock (gate)
        {
            waiting = signal.Task;
        }

        try
        {
            await waiting.WaitAsync(most, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Nothing happened: time to look anyway.
        }
    }
}
