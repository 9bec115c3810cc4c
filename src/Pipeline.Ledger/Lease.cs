namespace Pipeline.Ledger;

/// <summary>A lease that is held.</summary>
/// <param name="Name">What is leased.</param>
/// <param name="Owner">Who holds it.</param>
/// <param name="Term">Grows whenever the owner changes: an earlier owner's term is smaller.</param>
/// <param name="Until">When it runs out unless renewed, by the ledger's clock.</param>
/// <param name="Remaining">How long that is from now, by the ledger's clock: what an owner may rely on, less the time that the answer took.</param>
public sealed record Lease(string Name, string Owner, long Term, DateTimeOffset Until, TimeSpan Remaining);
