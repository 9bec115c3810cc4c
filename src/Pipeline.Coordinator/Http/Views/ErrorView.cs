namespace Pipeline.Coordinator.Http.Views;

/// <summary>Failures of one cause.</summary>
/// <param name="Fingerprint">Equal for failures of one cause; what replay takes.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Stage">Stage.</param>
/// <param name="Type">Type of the exception.</param>
/// <param name="Message">Message of the first one.</param>
/// <param name="Items">Items with this failure.</param>
/// <param name="Occurrences">Number of times, tries included.</param>
public sealed record ErrorView(string Fingerprint, string Code, string Stage, string? Type, string Message, long Items, long Occurrences);
