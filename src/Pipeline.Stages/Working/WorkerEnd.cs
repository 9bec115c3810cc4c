namespace Pipeline.Stages.Working;

/// <summary>How a worker ended.</summary>
public enum WorkerEnd
{
    /// <summary>Asked to end, it finished what it had in hand.</summary>
    Drained,

    /// <summary>Told to end at once; the broker gives what was in hand to others.</summary>
    Stopped,

    /// <summary>Its machine lacks something and did not recover.</summary>
    Unfit,

    /// <summary>Its device is lost to this process; a new process may have it again.</summary>
    DeviceLost,
}
