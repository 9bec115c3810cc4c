namespace Pipeline.Ledger;

/// <summary>A wanted edit.</summary>
/// <param name="Emotion">Emotion.</param>
/// <param name="Intensity">Strength in (0, 1].</param>
/// <param name="Variant">Variant, from 0.</param>
/// <param name="Seed">Seed of the variant.</param>
public sealed record NewItem(string Emotion, double Intensity, int Variant, long Seed);
