namespace Pipeline.Training.Family;

/// <summary>How far a family came.</summary>
/// <param name="Finished">Every member is trained and the model directory is written.</param>
/// <param name="Failed">Members whose loss did not fall as a smoke run must.</param>
public sealed record FamilyOutcome(bool Finished, IReadOnlyList<string> Failed);
