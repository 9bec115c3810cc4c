namespace Pipeline.Stages.Embedded;

/// <summary>The run is over.</summary>
/// <param name="Summary">How it ended.</param>
public sealed record RunFinished(RunSummary Summary) : RunEvent;
