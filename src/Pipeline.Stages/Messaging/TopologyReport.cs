namespace Pipeline.Stages.Messaging;

/// <summary>How a broker compares with the plan.</summary>
/// <param name="Differences">What is missing or different, one sentence each.</param>
/// <param name="Unchecked">What could not be looked at.</param>
public sealed record TopologyReport(IReadOnlyList<string> Differences, IReadOnlyList<string> Unchecked)
{
    /// <summary>Whether nothing differs as far as could be seen.</summary>
    public bool IsDeployed => Differences.Count == 0;

    /// <summary>Whether a difference can lose messages or let one come again forever; other limits than the usual ones, and fewer copies, are the operator's choice.</summary>
    internal static bool IsUnsafe(string difference) => !difference.Contains(" has copies on ", StringComparison.Ordinal) && !difference.Contains(" has max-length = ", StringComparison.Ordinal) && !difference.Contains(" has message-ttl = ", StringComparison.Ordinal)
        && !(difference.Contains(" has delivery-limit = ", StringComparison.Ordinal) && !difference.Contains(" = nothing", StringComparison.Ordinal));
}
