using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Sources;

/// <summary>Reads sources from the file system: paths, relative to the manifest's folder, and <c>file:</c> addresses.</summary>
/// <param name="baseFolder">Folder that relative paths start from.</param>
public sealed class FileSourceReader(string baseFolder) : ISourceReader
{
    /// <inheritdoc />
    public Stream Open(string uri)
    {
        string path = PathOf(uri);
        try
        {
            // Devices, pipes and folders have no length that could be checked, and may never end.
            var info = new FileInfo(path);
            if (info.Exists && (info.Attributes & (FileAttributes.Device | FileAttributes.Directory)) != 0)
            {
                throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{uri}' is not a file");
            }

            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new SourceException(ErrorCodes.SourceMissing, $"source '{uri}' does not exist", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or ArgumentException or NotSupportedException or PathTooLongException)
        {
            throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{uri}' cannot be read; check its permissions", e);
        }
    }

    private string PathOf(string uri)
    {
        if (uri.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return Uri.TryCreate(uri, UriKind.Absolute, out Uri? address) && address.IsFile
                ? address.LocalPath
                : throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{uri}' is not a valid file address");
        }

        return uri.Contains("://", StringComparison.Ordinal)
            ? throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{uri}': this run reads files only; fetch it first, or use a run with object storage")
            : Path.Combine(baseFolder, uri);
    }
}
