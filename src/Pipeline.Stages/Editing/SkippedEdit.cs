using System.Text.Json.Nodes;

namespace Pipeline.Stages.Editing;

/// <summary>Why an edit was left out: its source evokes the emotion already.</summary>
/// <param name="Probability">Zero-shot probability of the wanted emotion in the source.</param>
/// <param name="Threshold">What the job allows.</param>
public sealed record SkippedEdit(double Probability, double Threshold)
{
    /// <summary>The parameter that every method has.</summary>
    public const string Parameter = "skipIfAlready";

    /// <summary>Stable code in result records.</summary>
    public const string Code = "PIPE3104";

    /// <summary>Leaves the parameter out of a normal form where it is not used, so that it changes no key.</summary>
    internal static void Trim(JsonObject parameters)
    {
        if (parameters[Parameter] is null)
        {
            parameters.Remove(Parameter);
        }
    }
}
