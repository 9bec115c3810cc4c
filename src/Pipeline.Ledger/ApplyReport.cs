namespace Pipeline.Ledger;

/// <summary>What a batch of results changed.</summary>
public sealed record ApplyReport
{
    /// <summary>Outcomes that counted.</summary>
    public int Applied { get; init; }

    /// <summary>Outcomes that were known already, came from an older epoch or try, or for an item that has ended: they changed nothing.</summary>
    public int Ignored { get; init; }

    /// <summary>Items that wait for another try now.</summary>
    public int Retried { get; init; }

    /// <summary>Items that became suspects, or were set back as such: they killed their worker and will be run alone.</summary>
    public int Suspected { get; init; }

    /// <summary>Items that ended well.</summary>
    public int Done { get; init; }

    /// <summary>Items that ended badly.</summary>
    public int Failed { get; init; }

    /// <summary>Sum of two reports.</summary>
    public static ApplyReport operator +(ApplyReport a, ApplyReport b) => new()
    {
        Applied = a.Applied + b.Applied, Ignored = a.Ignored + b.Ignored, Retried = a.Retried + b.Retried, Suspected = a.Suspected + b.Suspected,
        Done = a.Done + b.Done, Failed = a.Failed + b.Failed,
    };
}
