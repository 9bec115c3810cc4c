namespace Pipeline.Ledger;

/// <summary>Why an item failed.</summary>
/// <param name="Stage">Stage.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Message">What, where, what to do.</param>
/// <param name="Fingerprint">Equal for failures of one cause.</param>
public sealed record ItemFailure(string Stage, string Code, string Message, string Fingerprint);
