namespace Pipeline.Stages.Core;

/// <summary>Whose turn some work on the compute thread is: lanes that have work share the device's time by their weights.</summary>
/// <param name="Name">Name; work of one name waits in one queue.</param>
/// <param name="Weight">Share, at least 1.</param>
public sealed record ComputeLane(string Name, int Weight = 1)
{
    /// <summary>The lane of processes that need no turns.</summary>
    public static ComputeLane Single { get; } = new("all");
}
