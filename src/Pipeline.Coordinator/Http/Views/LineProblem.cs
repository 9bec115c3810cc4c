namespace Pipeline.Coordinator.Http.Views;

/// <summary>What is wrong with a manifest line.</summary>
/// <param name="Line">Number, from 1.</param>
/// <param name="Code">Stable code.</param>
/// <param name="Message">What is wrong.</param>
public sealed record LineProblem(int Line, string Code, string Message);
