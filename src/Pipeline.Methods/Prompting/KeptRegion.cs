using Pipeline.Imaging.Masks;

namespace Pipeline.Methods.Prompting;

/// <summary>Something that must stay as it is.</summary>
/// <param name="Phrase">Its name.</param>
/// <param name="Boxes">Where it is; empty where the answer did not say.</param>
public sealed record KeptRegion(string Phrase, IReadOnlyList<UnitBox> Boxes);
