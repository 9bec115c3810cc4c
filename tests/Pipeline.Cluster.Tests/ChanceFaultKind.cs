namespace Pipeline.Cluster.Tests;

/// <summary>Faults of which schedules by chance are made (F1 to F9).</summary>
internal enum ChanceFaultKind
{
    /// <summary>F1: a worker is killed.</summary>
    KillWorker,

    /// <summary>F2: a worker is replaced by one that dies at a point of the commit protocol.</summary>
    CrashPoint,

    /// <summary>F3: a worker freezes for a while.</summary>
    FreezeWorker,

    /// <summary>F4: a worker is told to end.</summary>
    EndWorker,

    /// <summary>F5: the broker is stopped and started.</summary>
    StopBroker,

    /// <summary>F5: the broker is killed and started.</summary>
    KillBroker,

    /// <summary>F6: the broker loses everything.</summary>
    WipeBroker,

    /// <summary>F7: a coordinator is killed.</summary>
    KillCoordinator,

    /// <summary>F8: the store misbehaves.</summary>
    DisturbStore,

    /// <summary>F8: the store is killed and started.</summary>
    KillStore,

    /// <summary>F9: a bit flips in a stored input.</summary>
    FlipBit,
}
