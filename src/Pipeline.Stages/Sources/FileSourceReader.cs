using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Sources;

/// <summary>Reads sources from the file system: paths, relative to the manifest's folder, and <c>file:</c> addresses.</summary>
/// <param name="baseFolder">Folder that relative paths start from; null: relative paths are refused.</param>
/// <param name="roots">Folders that files may be read from; null: everything that the process may read.</param>
public sealed class FileSourceReader(string? baseFolder, IReadOnlyList<string>? roots = null) : ISourceReader
{
    private readonly string[]? realRoots = roots is null ? null : [.. roots.Select(r => RealPath.Of(r).TrimEnd('/') + "/")];

    /// <inheritdoc />
    public Task<Stream> OpenAsync(string uri, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult<Stream>(Open(uri));
    }

    private FileStream Open(string uri)
    {
        try
        {
            string path = Permitted(uri, PathOf(uri));
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
            throw new SourceException(ErrorCodes.SourceMissing, $"source '{SourceReader.Shown(uri)}' does not exist", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or ArgumentException or NotSupportedException or PathTooLongException)
        {
            throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{SourceReader.Shown(uri)}' cannot be read; check its permissions", e);
        }
    }

    // The links are followed before the comparison: a link inside a root may lead anywhere.
    private string Permitted(string uri, string path)
    {
        if (realRoots is null)
        {
            return path;
        }

        string real = RealPath.Of(path);
        return Array.Exists(realRoots, root => real.StartsWith(root, StringComparison.Ordinal))
            ? real
            : throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{SourceReader.Shown(uri)}' is in none of the folders that sources may come from ({string.Join(", ", roots!)})");
    }

    private string PathOf(string uri)
    {
        if (uri.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            return Uri.TryCreate(uri, UriKind.Absolute, out Uri? address) && address.IsFile
                ? address.LocalPath
                : throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{SourceReader.Shown(uri)}' is not a valid file address");
        }

        if (uri.Contains("://", StringComparison.Ordinal))
        {
            throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{SourceReader.Shown(uri)}': only files and s3:// addresses can be read; fetch it first");
        }

        return baseFolder is not null ? Path.Combine(baseFolder, uri)
            : Path.IsPathRooted(uri) ? uri
            : throw new SourceException(ErrorCodes.SourceUnreadable, $"source '{SourceReader.Shown(uri)}' is a relative path, and this process does not know what it is relative to");
    }
}
