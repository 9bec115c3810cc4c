namespace Pipeline.Methods.Remote;

/// <summary>A service behind HTTP, and how patient its caller is.</summary>
/// <param name="Endpoint">Absolute http or https address.</param>
/// <param name="Token">Bearer token, or null.</param>
/// <param name="TimeoutSeconds">Longest wait for one answer, its last byte included.</param>
/// <param name="Attempts">Most attempts.</param>
/// <param name="RetryDelaySeconds">Wait before the second attempt; doubles each time, up to a minute.</param>
/// <param name="MaxResponseBytes">Largest answer.</param>
/// <param name="Names">What these are called where they are set.</param>
internal sealed record RemoteService(string Endpoint, string? Token, double TimeoutSeconds, int Attempts, double RetryDelaySeconds, long MaxResponseBytes, RemoteNames Names)
{
    /// <exception cref="EditException">A value is out of range.</exception>
    public void Check()
    {
        EditException.Require(
            Uri.TryCreate(Endpoint, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0,
            $"{Names.Endpoint} must be an absolute http or https address without user name and fragment; a secret belongs into the environment of the worker");
        EditException.Require(TimeoutSeconds is > 0 and <= 3600, $"{Names.Timeout} must be a number of seconds in (0, 3600]");
        EditException.Require(
            Attempts is >= 1 and <= 20 && RetryDelaySeconds is >= 0 and <= 60 && MaxResponseBytes is >= 1 and <= 1L << 30,
            "attempts must lie in 1..20, retryDelaySeconds in [0, 60], maxResponseBytes in 1..2^30");
    }
}
