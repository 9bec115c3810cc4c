namespace Pipeline.Ledger;

/// <summary>When an item is tried again after a fault of the world.</summary>
public sealed record RetryPolicy
{
    /// <summary>Waits before the second, third, ... try; default 30 s, 2 min, 10 min, 30 min. After the last one the item is given up.</summary>
    public IReadOnlyList<TimeSpan> Delays { get; init; } = [TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30)];

    /// <summary>An item that has killed its worker this often, alone at last, is set aside; default 2. From the first time on it is a suspect and is run alone.</summary>
    public int MaxCrashes { get; init; } = 2;

    /// <summary>Most suspects of a job in flight at a time; default 1.</summary>
    public int SuspectsInFlight { get; init; } = 1;

    /// <summary>Wait before the try after <paramref name="attempt"/> (from 0), or null when there is none.</summary>
    public TimeSpan? DelayAfter(int attempt) => attempt < Delays.Count ? Delays[attempt] : null;
}
