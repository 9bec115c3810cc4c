namespace Pipeline.Methods.Baselines;

/// <summary>Which services a worker may call, and as whom. It is the operator's to say: manifests come from anywhere, and a worker stands inside the network.</summary>
/// <param name="Allowed">Addresses; an endpoint is allowed when scheme, host and port are equal and its path lies at or below the address's.</param>
/// <param name="Token">Sent as a bearer token, or null. Never part of results.</param>
public sealed record RemoteAccess(IReadOnlyList<Uri> Allowed, string? Token)
{
    /// <summary>Variable with the allowed addresses, separated by commas.</summary>
    public const string AllowedVariable = "MOODPIPE_REMOTE_EDITORS";

    /// <summary>Variable with the bearer token.</summary>
    public const string TokenVariable = "MOODPIPE_REMOTE_TOKEN";

    /// <summary>What the environment of this process says.</summary>
    public static RemoteAccess FromEnvironment() => new(
        [.. (Environment.GetEnvironmentVariable(AllowedVariable) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(text => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) ? uri : null).OfType<Uri>()],
        Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } token ? token : null);

    /// <summary>Refuses an endpoint that is not allowed.</summary>
    /// <exception cref="EditException">It is not.</exception>
    public void Require(string endpoint)
    {
        var uri = new Uri(endpoint, UriKind.Absolute);
        EditException.Require(Allowed.Any(allowed => Covers(allowed, uri)), $"endpoint {uri.GetLeftPart(UriPartial.Path)} is not allowed on this worker: add it to {AllowedVariable}");
    }

    private static bool Covers(Uri allowed, Uri uri)
    {
        string below = allowed.AbsolutePath.TrimEnd('/') + "/";
        return allowed.Scheme == uri.Scheme && string.Equals(allowed.Host, uri.Host, StringComparison.OrdinalIgnoreCase) && allowed.Port == uri.Port
            && (uri.AbsolutePath + "/").StartsWith(below, StringComparison.Ordinal);
    }
}
