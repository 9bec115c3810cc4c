namespace Pipeline.Ledger;

/// <summary>
/// Named leases between processes, for example who leads. A lease is taken and renewed by compare-and-set; its time is the ledger's own clock, so the clocks of the processes need not
/// agree.
/// </summary>
public interface ILeaseLedger
{
    /// <summary>Takes a lease that is free or has run out, or renews one's own. Null when another owner holds it.</summary>
    /// <param name="name">What is leased.</param>
    /// <param name="owner">Who asks: unique for each process that runs.</param>
    /// <param name="duration">How long the lease holds unless renewed.</param>
    /// <param name="cancellation">Stops waiting.</param>
    Task<Lease?> TryLeadAsync(string name, string owner, TimeSpan duration, CancellationToken cancellation);

    /// <summary>Gives a lease back, if it is the owner's.</summary>
    Task ResignAsync(string name, string owner, CancellationToken cancellation);

    /// <summary>The lease as it stands; null when nobody holds it.</summary>
    Task<Lease?> LeaderAsync(string name, CancellationToken cancellation);
}
