namespace Pipeline.Training.Family;

/// <summary>A model of the family.</summary>
/// <param name="System">Its trainer, and the name of its run's folder.</param>
/// <param name="Bases">Members that it builds on, by role.</param>
/// <param name="ShippedAs">Name of its folder in the model directory; null when it only serves others.</param>
public sealed record FamilyMember(string System, IReadOnlyDictionary<string, string> Bases, string? ShippedAs);
