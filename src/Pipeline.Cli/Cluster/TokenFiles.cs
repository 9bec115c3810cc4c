namespace Pipeline.Cli.Cluster;

/// <summary>Reads the API's token.</summary>
internal static class TokenFiles
{
    private const long MaxBytes = 4096;

    /// <exception cref="CommandFailure">The file cannot be read, is empty or no secret.</exception>
    public static string Read(string path)
    {
        try
        {
            string text = new FileInfo(path).Length <= MaxBytes ? File.ReadAllText(path).Split('\n')[0].Trim() : "";
            return text.Length > 0 ? text : throw CommandFailure.Usage($"--token-file: {path} holds no token in its first line");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.Usage($"--token-file: {e.Message}");
        }
    }
}
