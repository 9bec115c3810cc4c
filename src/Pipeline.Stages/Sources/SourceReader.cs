using System.Collections.Concurrent;
using Pipeline.Contracts.Errors;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Sources;

/// <summary>Reads sources wherever they are: paths, <c>file:</c> addresses, <c>s3://bucket/key</c>. Addresses come from whoever wrote the job, so each is checked before it is used.</summary>
public sealed class SourceReader(SourceOptions options) : ISourceReader, IDisposable
{
    private const string S3Scheme = "s3://";
    private const int MaxBuckets = 64;
    private const int MaxShown = 200;
    private readonly FileSourceReader files = new(options.BaseFolder, options.Roots);
    private readonly ConcurrentDictionary<string, IObjectSpace> buckets = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public Task<Stream> OpenAsync(string uri, CancellationToken cancellation)
    {
        if (uri.StartsWith(S3Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return OpenObjectAsync(uri, cancellation);
        }

        return files.OpenAsync(uri, cancellation);
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        foreach (IObjectSpace space in buckets.Values)
        {
            space.Dispose();
        }
    }

    /// <summary>An address as a message may show it.</summary>
    internal static string Shown(string uri)
    {
        string start = uri.Length <= MaxShown ? uri : uri[..MaxShown] + "...";
        return string.Concat(start.Select(c => char.IsControl(c) ? '?' : c));
    }

    private async Task<Stream> OpenObjectAsync(string uri, CancellationToken cancellation)
    {
        (IObjectSpace space, string key) = Place(uri);
        try
        {
            ObjectContent content = await space.TryOpenAsync(key, cancellation).ConfigureAwait(false)
                ?? throw new SourceException(ErrorCodes.SourceMissing, $"source '{Shown(uri)}' does not exist");
            return content.Stream;
        }
        catch (ObjectDeniedException e)
        {
            throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{Shown(uri)}' cannot be read: {e.Message}", e);
        }
    }

    private (IObjectSpace Space, string Key) Place(string uri)
    {
        int slash = uri.IndexOf('/', S3Scheme.Length);
        string bucket = slash < 0 ? uri[S3Scheme.Length..] : uri[S3Scheme.Length..slash];
        string key = slash < 0 ? "" : uri[(slash + 1)..];
        if (ObjectKeys.Problem(key) is { } problem)
        {
            throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{Shown(uri)}' is not the address of an object: {problem}");
        }

        if (options.Buckets is { } allowed && !allowed.Contains(bucket))
        {
            throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{Shown(uri)}': bucket '{Shown(bucket)}' is not one that sources may come from ({string.Join(", ", allowed)})");
        }

        try
        {
            var address = StoreAddress.Parse(S3Scheme + bucket);
            if (buckets.TryGetValue(bucket, out IObjectSpace? known))
            {
                return (known, key);
            }

            // Whoever writes jobs could otherwise open connections without end.
            return buckets.Count < MaxBuckets
                ? (buckets.GetOrAdd(bucket, _ => ObjectSpaces.Open(address, options.Store)), key)
                : throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{Shown(uri)}': this process reads from {MaxBuckets} buckets already");
        }
        catch (ArtefactStoreException e)
        {
            throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{Shown(uri)}' cannot be used: {e.Message}", e);
        }
    }
}
