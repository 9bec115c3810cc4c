namespace Pipeline.Coordinator.Transport;

/// <summary>A message from a queue of failed or unknown messages, as it is.</summary>
/// <param name="Queue">Queue that it was found in, for example <c>moodpipe.dead</c>.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="Headers">Its headers as texts.</param>
public sealed record LostMessage(string Queue, byte[] Body, IReadOnlyDictionary<string, string> Headers);
