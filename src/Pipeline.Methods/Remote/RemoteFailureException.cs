namespace Pipeline.Methods.Remote;

/// <summary>A service did not answer, or answered that it cannot now: worth another attempt. An <see cref="IOException"/>, so that the pipeline takes it for passing.</summary>
internal sealed class RemoteFailureException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>What the service asked for.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
