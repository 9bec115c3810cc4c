namespace Pipeline.Models.LlavaNext;

/// <summary>Attention of some tokens onto the whole picture.</summary>
/// <param name="Grid">Cells along each side; cell (r, c) covers the picture's rectangle [c/Grid, (c+1)/Grid] × [r/Grid, (r+1)/Grid].</param>
/// <param name="Rows">One map a token, in the order asked for; Grid² values, row by row.</param>
public sealed record ImageAttention(int Grid, IReadOnlyList<float[]> Rows);
