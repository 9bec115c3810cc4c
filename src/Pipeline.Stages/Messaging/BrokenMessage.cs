namespace Pipeline.Stages.Messaging;

/// <summary>A message that could not be used, or came back too often.</summary>
/// <param name="Queue">Queue that it was found in: of errors, of skipped messages, or <c>moodpipe.dead</c>.</param>
/// <param name="Reason">Why, as far as the receiver said.</param>
/// <param name="Body">Its bytes, at most the first 64 KiB.</param>
/// <param name="Headers">Its headers, as texts.</param>
public sealed record BrokenMessage(string Queue, string Reason, byte[] Body, IReadOnlyDictionary<string, string> Headers);
