namespace Pipeline.Coordinator.Jobs;

/// <summary>Names that become parts of paths and addresses.</summary>
public static class JobNames
{
    /// <summary>Whether a text may be the name of a job or tenant: nothing that could leave a folder passes.</summary>
    public static bool IsValid(string? name) =>
        name is { Length: >= 1 and <= 100 } && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
}
