namespace Pipeline.Stages.Messaging;

/// <summary>A message that could not be used.</summary>
/// <param name="Queue">Queue of errors or skipped messages that it was found in.</param>
/// <param name="Reason">Why, as far as the receiver said.</param>
/// <param name="Body">Its first bytes.</param>
public sealed record BrokenMessage(string Queue, string Reason, ReadOnlyMemory<byte> Body);
