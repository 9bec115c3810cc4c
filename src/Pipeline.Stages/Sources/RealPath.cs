namespace Pipeline.Stages.Sources;

/// <summary>Where a path really leads, with the links in every part of it followed.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40; // as the kernel

    /// <summary>The path without links; parts that do not exist stay as they are.</summary>
    /// <exception cref="PathTooLongException">Links in a circle.</exception>
    public static string Of(string path)
    {
        int links = 0;
        var open = new Stack<string>(Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse());
        string real = "/";
        while (open.TryPop(out string? part))
        {
            string next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
            {
                throw new PathTooLongException("too many links");
            }

            string full = Path.GetFullPath(target, real);
            foreach (string linked in full.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse())
            {
                open.Push(linked);
            }

            real = "/";
        }

        return real;
    }
}
