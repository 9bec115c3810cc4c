namespace Pipeline.Contracts.Messages;

/// <summary>An item that a worker holds.</summary>
/// <param name="JobId">Job.</param>
/// <param name="Item">Number of the item in the job.</param>
public sealed record ItemInHand(string JobId, long Item);
