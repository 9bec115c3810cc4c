namespace Pipeline.Stages.Dispatching;

/// <summary>Addresses of sources relative to the folder or prefix that a job starts from.</summary>
public static class SourceAddress
{
    /// <summary>The whole address: absolute ones and those of a job without a base stay as they are.</summary>
    /// <param name="start">Folder, <c>file:</c> or <c>s3:</c> address; null for none.</param>
    /// <param name="address">Address as the manifest has it.</param>
    public static string Resolve(string? start, string address)
    {
        bool absolute = start is null || address.StartsWith('/') || address.Contains("://", StringComparison.Ordinal) || address.StartsWith("file:", StringComparison.OrdinalIgnoreCase);
        return absolute ? address : $"{start!.TrimEnd('/')}/{address}";
    }
}
