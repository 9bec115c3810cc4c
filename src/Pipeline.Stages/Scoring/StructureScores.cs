namespace Pipeline.Stages.Scoring;

/// <summary>What DINO says of two pictures.</summary>
/// <param name="Distance">Structure distance.</param>
/// <param name="ClassSimilarity">Cosine of the class tokens, in [-1, 1].</param>
/// <param name="DistancePie255">Structure distance with PIE-Bench's pixel range; null where it was not asked for.</param>
public sealed record StructureScores(double Distance, double ClassSimilarity, double? DistancePie255);
