using Pipeline.Contracts.Errors;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Sources;

/// <summary>Opens folders and bucket prefixes that somebody else named, to list their pictures, within the same limits as single sources.</summary>
public static class SourcePlaces
{
    /// <summary>Opens <c>s3://bucket/prefix</c>, <c>file:///folder</c> or the full path of a folder. Nothing is read yet.</summary>
    /// <exception cref="SourceException">It is no such address, or not one that sources may come from.</exception>
    public static IObjectSpace Open(string place, SourceOptions options)
    {
        try
        {
            var address = StoreAddress.Parse(place);
            if (address.Folder is { } folder)
            {
                RequireFolder(place, folder, options);
            }
            else if (options.Buckets is { } buckets && !buckets.Contains(address.Bucket))
            {
                throw Refused(place, $"its bucket is not one that sources may come from ({string.Join(", ", buckets)})");
            }

            return ObjectSpaces.Open(address, options.Store);
        }
        catch (ArtefactStoreException e)
        {
            throw Refused(place, e.Message, e);
        }
    }

    private static void RequireFolder(string place, string folder, SourceOptions options)
    {
        if (!Path.IsPathRooted(place) && !place.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            throw Refused(place, "a folder is named by its full path");
        }

        // Links are followed before the comparison: a link inside a root may lead anywhere.
        string real = RealPath.Of(folder).TrimEnd('/') + "/";
        if (options.Roots is { } roots && !roots.Any(r => real.StartsWith(RealPath.Of(r).TrimEnd('/') + "/", StringComparison.Ordinal)))
        {
            throw Refused(place, $"it is in none of the folders that sources may come from ({string.Join(", ", roots)})");
        }

        if (!Directory.Exists(folder))
        {
            throw Refused(place, "there is no such folder here");
        }
    }

    private static SourceException Refused(string place, string why, Exception? inner = null) => new(ErrorCodes.SourceUnreadable, $"source '{SourceReader.Shown(place)}' cannot be listed: {why}", inner);
}
