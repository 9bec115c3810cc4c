using System.Runtime.CompilerServices;
using System.Text;
using Pipeline.Contracts.Artefacts;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Sources;

/// <summary>Finds the pictures in a folder or under a prefix of a bucket, in one fixed order and in bounded memory, and can go on where an earlier listing stopped.</summary>
public static class SourceListing
{
    private const int MaxId = 200;

    private static readonly HashSet<string> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif",
    };

    /// <summary>What pictures are recognised by.</summary>
    public static IReadOnlyCollection<string> PictureExtensions => Extensions;

    /// <summary>Whether a name looks like that of a picture.</summary>
    public static bool IsPicture(string name) => Extensions.Contains(Path.GetExtension(name));

    /// <summary>Lists the pictures of a place.</summary>
    /// <param name="space">The place.</param>
    /// <param name="after">Token of the last picture that was taken; null for the start.</param>
    /// <param name="cancellation">Stops.</param>
    public static async IAsyncEnumerable<ListedSource> ListAsync(IObjectSpace space, string? after, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (ObjectEntry entry in space.ListAsync("", after, cancellation).ConfigureAwait(false))
        {
            if (IsPicture(entry.Key))
            {
                yield return new ListedSource(Start(space.Address) + entry.Key, Id(entry.Key), entry.Key, ObjectKeys.Problem(entry.Key) ?? (entry.Size == 0 ? "it is empty" : null));
            }
        }
    }

    /// <summary>The token of a picture that an earlier listing of the place gave; null for the address of something else.</summary>
    public static string? TokenOf(StoreAddress place, string uri) => uri.StartsWith(Start(place), StringComparison.Ordinal) ? uri[Start(place).Length..] : null;

    private static string Start(StoreAddress place) => place.Folder is { } folder ? folder.TrimEnd('/') + "/" : $"s3://{place.Bucket}/{place.Prefix}";

    private static string Id(string key) => key.Length <= MaxId ? key : $"{key[..(MaxId - 17)]}~{Sha256Digest.Of(Encoding.UTF8.GetBytes(key))[..16]}";
}
