namespace Pipeline.Ledger;

/// <summary>A message that was committed together with the claim that it announces, and is sent afterwards.</summary>
/// <param name="Id">Number of the message.</param>
/// <param name="JobId">Job.</param>
/// <param name="Body">Bytes of the message.</param>
public sealed record OutboxMessage(long Id, string JobId, byte[] Body);
