namespace Pipeline.Contracts.Jobs;

/// <summary>One manifest line as read: a value, or the errors that prevent one.</summary>
/// <param name="Number">Line number, from 1.</param>
/// <param name="Value">The line; null when there are errors.</param>
/// <param name="Errors">What is wrong; empty for a good line.</param>
public sealed record ManifestLine(int Number, JobLine? Value, IReadOnlyList<ManifestError> Errors);
