namespace Pipeline.Training.Contrast;

/// <summary>How well pictures are told their emotion without having learnt classes; in per cent.</summary>
/// <param name="Pictures">How many were asked.</param>
/// <param name="Top1">Right with the first answer.</param>
/// <param name="Top3">Right with one of the first three.</param>
/// <param name="MacroF1">Mean of the classes' F1, over classes that are a label or a first answer.</param>
/// <param name="Recall">Of every class, how many of its pictures are named; null where it has none.</param>
public sealed record ZeroShotScore(int Pictures, double Top1, double Top3, double MacroF1, IReadOnlyList<double?> Recall);
