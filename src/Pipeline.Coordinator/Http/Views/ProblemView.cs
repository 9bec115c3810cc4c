namespace Pipeline.Coordinator.Http.Views;

/// <summary>Why a request was not done (RFC 9457, <c>application/problem+json</c>).</summary>
public sealed record ProblemView
{
    /// <summary>Kind of the problem: <c>urn:moodpipe:error:CODE</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The status in words.</summary>
    public required string Title { get; init; }

    /// <summary>Status of the answer.</summary>
    public required int Status { get; init; }

    /// <summary>What is wrong and what to do.</summary>
    public required string Detail { get; init; }

    /// <summary>Stable code.</summary>
    public required string Code { get; init; }

    /// <summary>What is wrong with the manifest, by line; at most 100.</summary>
    public IReadOnlyList<LineProblem>? Lines { get; init; }
}
