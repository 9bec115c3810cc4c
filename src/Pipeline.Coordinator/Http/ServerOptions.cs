namespace Pipeline.Coordinator.Http;

/// <summary>How the HTTP API is served. A class and not a record, so that no log prints the token.</summary>
public sealed class ServerOptions
{
    /// <summary>Where to listen; port 0 takes a free one. Default <c>http://127.0.0.1:7300</c>: reachable from this machine only.</summary>
    public Uri Listen { get; init; } = new("http://127.0.0.1:7300");

    /// <summary>What clients must send as <c>Authorization: Bearer ...</c>; null: whoever reaches the port may do everything.</summary>
    public string? Token { get; init; }

    /// <summary>Price of an hour of computation, in any currency; null: no costs are shown.</summary>
    public double? PricePerHour { get; init; }

    /// <summary>Largest body of a request that is not a manifest, bytes; default 1 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 1 << 20;
}
