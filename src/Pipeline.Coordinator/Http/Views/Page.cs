namespace Pipeline.Coordinator.Http.Views;

/// <summary>A part of a list.</summary>
/// <param name="Values">Entries.</param>
/// <param name="Next">Where the next part begins (<c>from</c>); null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Values, long? Next);
