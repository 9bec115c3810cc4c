using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pipeline.TestS3.Signing;

/// <summary>What a request is about, from the target as it came over the wire: the framework's path has lost encoded slashes and dot segments.</summary>
internal sealed class RequestTarget
{
    public RequestTarget(HttpContext context)
    {
        string raw = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        int question = raw.IndexOf('?', StringComparison.Ordinal);
        Path = PercentEncoding.Decode(question < 0 ? raw : raw[..question]);
        string query = question < 0 ? "" : raw[(question + 1)..];
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equal = pair.IndexOf('=', StringComparison.Ordinal);
            Query[PercentEncoding.Decode(equal < 0 ? pair : pair[..equal])] = equal < 0 ? "" : PercentEncoding.Decode(pair[(equal + 1)..]);
        }

        int slash = Path.IndexOf('/', 1);
        Bucket = slash < 0 ? Path[1..] : Path[1..slash];
        Key = slash < 0 ? "" : Path[(slash + 1)..];
    }

    /// <summary>Decoded path with its leading slash.</summary>
    public string Path { get; }

    public string Bucket { get; }

    public string Key { get; }

    /// <summary>Decoded query.</summary>
    public Dictionary<string, string> Query { get; } = new(StringComparer.Ordinal);

    public bool Has(string name) => Query.ContainsKey(name);

    public string? Get(string name) => Query.GetValueOrDefault(name);
}
