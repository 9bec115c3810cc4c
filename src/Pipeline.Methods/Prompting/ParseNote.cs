namespace Pipeline.Methods.Prompting;

/// <summary>One thing the parser had to repair, drop or assume.</summary>
/// <param name="Code">Stable name, one of <see cref="ParseNoteCodes"/>.</param>
/// <param name="Detail">Where, or what was found; of the first occurrence.</param>
/// <param name="Count">How often.</param>
public sealed record ParseNote(string Code, string Detail, int Count)
{
    /// <inheritdoc/>
    public override string ToString() => (Detail.Length == 0 ? Code : $"{Code}: {Detail}") + (Count > 1 ? $" (x{Count})" : "");
}
