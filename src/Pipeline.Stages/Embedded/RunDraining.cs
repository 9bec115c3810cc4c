namespace Pipeline.Stages.Embedded;

/// <summary>The run takes no new items and finishes what is in hand.</summary>
/// <param name="InHand">Messages in hand.</param>
public sealed record RunDraining(long InHand) : RunEvent;
