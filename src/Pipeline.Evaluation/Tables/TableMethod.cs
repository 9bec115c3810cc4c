namespace Pipeline.Evaluation.Tables;

/// <summary>A row of a table of methods.</summary>
/// <param name="Label">What stands in front of it.</param>
/// <param name="Specification">The method and its settings, as <c>--methods</c> takes them.</param>
public sealed record TableMethod(string Label, string Specification);
