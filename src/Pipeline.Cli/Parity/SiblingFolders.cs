using System.Text.RegularExpressions;

namespace Pipeline.Cli.Parity;

/// <summary>Cases of one family share a model beside them: meta.json's call names it, as in <c>weights ../tiny-sd/unet</c>.</summary>
internal static partial class SiblingFolders
{
    /// <summary>The folder of a model's part: inside the case, or where the call says the weights are.</summary>
    /// <exception cref="CaseUnavailableException">The named folder is not on this machine.</exception>
    public static string Of(ParityCase reference, string part)
    {
        if (reference.HasFolder(part))
        {
            return reference.PathOf(part);
        }

        string named = Mentioned().Match(reference.Call) is { Success: true } match ? match.Groups["path"].Value : $"../tiny-sd/{part}";
        return reference.HasFolder(named)
            ? reference.PathOf(named)
            : throw new CaseUnavailableException($"the case needs the model at {named}, which is not here");
    }

    [GeneratedRegex(@"weights\s+(?<path>\.{1,2}/[\w./-]*\w)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Mentioned();
}
