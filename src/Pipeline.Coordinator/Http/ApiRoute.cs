using Microsoft.AspNetCore.Http;

namespace Pipeline.Coordinator.Http;

/// <summary>One operation of the API: what it does and its description come from one place, so that they cannot differ.</summary>
internal sealed record ApiRoute
{
    public required string Method { get; init; }

    /// <summary>Path with parameters in braces.</summary>
    public required string Path { get; init; }

    /// <summary>Name for clients that are generated.</summary>
    public required string Name { get; init; }

    public required string Summary { get; init; }

    /// <summary>Does it.</summary>
    public required Func<HttpContext, Task> Handle { get; init; }

    /// <summary>Parameters of the query: name, JSON type, what it is.</summary>
    public IReadOnlyList<(string Name, string Type, string Text)> Query { get; init; } = [];

    /// <summary>Body; null for none.</summary>
    public Type? Body { get; init; }

    /// <summary>Whether the body is a manifest, JSON lines.</summary>
    public bool TakesManifest { get; init; }

    /// <summary>Answer; null for a text.</summary>
    public Type? Answer { get; init; }

    public string AnswerType { get; init; } = "application/json";

    public int Status { get; init; } = 200;

    /// <summary>Statuses of answers that are problems.</summary>
    public IReadOnlyList<int> Problems { get; init; } = [];

    /// <summary>Whether it is open to everybody, such as the health of the process.</summary>
    public bool IsOpen { get; init; }
}
