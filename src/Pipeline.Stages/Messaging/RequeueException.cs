namespace Pipeline.Stages.Messaging;

/// <summary>This process does not work on a message now; the broker gives it to another, or to this one later.</summary>
public sealed class RequeueException(string reason) : Exception(reason);
