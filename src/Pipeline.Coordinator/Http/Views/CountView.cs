namespace Pipeline.Coordinator.Http.Views;

/// <summary>How many were changed.</summary>
/// <param name="Count">Number.</param>
public sealed record CountView(long Count);
