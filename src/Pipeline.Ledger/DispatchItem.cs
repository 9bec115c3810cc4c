namespace Pipeline.Ledger;

/// <summary>An item of a dispatch.</summary>
/// <param name="Item">Number in the job.</param>
/// <param name="Emotion">Emotion.</param>
/// <param name="Intensity">Strength in (0, 1].</param>
/// <param name="Variant">Variant, from 0.</param>
/// <param name="Seed">Seed of the variant.</param>
public sealed record DispatchItem(long Item, string Emotion, double Intensity, int Variant, long Seed);
