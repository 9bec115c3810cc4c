namespace Pipeline.Contracts.Topology;

/// <summary>Names of the stages, in the order of the data flow.</summary>
public static class StageNames
{
    /// <summary>MLLM: source and target prompts, stimulus map.</summary>
    public const string Prompt = "prompt";

    /// <summary>VAE encoding and inversion trajectory of a picture.</summary>
    public const string Invert = "invert";

    /// <summary>The edit itself.</summary>
    public const string Edit = "edit";

    /// <summary>Caption of the edited picture.</summary>
    public const string Caption = "caption";

    /// <summary>Metrics of the edited picture against its source.</summary>
    public const string Score = "score";

    /// <summary>All stages in order.</summary>
    public static IReadOnlyList<string> All { get; } = [Prompt, Invert, Edit, Caption, Score];

    /// <summary>Whether a text has the form of a stage name: 1 to 32 lower-case letters, digits and dashes, a letter first.</summary>
    public static bool IsWellFormed(string? name)
    {
        if (name is not { Length: >= 1 and <= 32 } || !char.IsAsciiLetterLower(name[0]))
        {
            return false;
        }

        return name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
    }
}
