using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Editing;

/// <summary>The editing methods that this program has.</summary>
public sealed class EditMethods(params IReadOnlyList<IEditMethodFactory> methods)
{
    /// <summary>All built-in methods.</summary>
    public static EditMethods BuiltIn { get; } = new(
        new MoodifierFactory(),
        new PromptToPromptFactory(),
        new SdEditFactory(),
        new DdimSwapFactory(),
        new StyleDiffusionFactory(),
        new PlugAndPlayFactory(),
        new Pix2PixZeroFactory(),
        new InstructPix2PixFactory(),
        new RemoteFactory());

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names => [.. methods.Select(m => m.Name)];

    /// <summary>Names of those that run in this process.</summary>
    public IReadOnlyList<string> Local => [.. methods.Where(m => !m.IsRemote).Select(m => m.Name)];

    /// <summary>A method by its name.</summary>
    /// <exception cref="PipelineException">There is none of this name.</exception>
    public IEditMethodFactory this[string name] => methods.FirstOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new PipelineException(ErrorCodes.UnknownMethod, FaultClass.Poison, $"method '{name}' is unknown; known are {string.Join(", ", Names)}");
}
