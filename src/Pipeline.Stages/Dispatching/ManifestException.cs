using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;

namespace Pipeline.Stages.Dispatching;

/// <summary>The manifest has lines that cannot be used, or none that can.</summary>
public sealed class ManifestException(string message, IReadOnlyList<ManifestError> errors) : PipelineException(ErrorCodes.ManifestField, FaultClass.Poison, message)
{
    /// <summary>What is wrong, by line.</summary>
    public IReadOnlyList<ManifestError> Errors { get; } = errors;
}
