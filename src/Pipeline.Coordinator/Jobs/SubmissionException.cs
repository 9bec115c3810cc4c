using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;

namespace Pipeline.Coordinator.Jobs;

/// <summary>A request that cannot be done as it is: the client must change it.</summary>
public sealed class SubmissionException(string code, string message, Exception? inner = null) : PipelineException(code, FaultClass.Poison, message, inner)
{
    /// <summary>What is wrong with the manifest, by line; empty where the rest of the request is wrong.</summary>
    public IReadOnlyList<ManifestError> Lines { get; init; } = [];

    /// <summary>Status of the answer.</summary>
    public int Status { get; init; } = 400;

    /// <summary>A body longer than allowed.</summary>
    internal static SubmissionException TooLarge(long limit) =>
        new(ErrorCodes.ManifestLineTooLong, $"the manifest is larger than {limit} bytes; split it into several jobs") { Status = 413 };
}
