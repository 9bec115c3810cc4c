namespace Pipeline.Storage.Diagnostics;

/// <summary>One thing that was tried on a store.</summary>
/// <param name="Name">What was tried: <c>clock</c>, <c>access</c>, <c>round trip</c>, <c>conditional write</c>, ...</param>
/// <param name="Status">Verdict.</param>
/// <param name="Detail">What was seen.</param>
/// <param name="Remedy">What to do; null when all is well.</param>
public sealed record StorageCapability(string Name, CapabilityStatus Status, string Detail, string? Remedy = null);
