namespace Pipeline.Training.Data;

/// <summary>Files that a manifest names, which may be anything.</summary>
internal static class PictureFile
{
    /// <summary>Opens a regular file for reading.</summary>
    /// <exception cref="IOException">It is missing, or a device, pipe or folder, whose reading may never end.</exception>
    public static FileStream Open(string path)
    {
        FileInfo info = new(path);
        return info.Exists && (info.Attributes & (FileAttributes.Device | FileAttributes.Directory)) != 0
            ? throw new IOException($"{path} is not a file")
            : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
    }
}
