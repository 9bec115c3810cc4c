namespace Pipeline.Models.LlavaNext;

/// <summary>How the tokens of one picture lie in the decoder's sequence.</summary>
/// <param name="Grid">The first <c>Grid</c>² tokens are the whole picture, squashed to a square, row by row.</param>
/// <param name="Detail">
/// What follows: <c>Detail.Rows</c> rows of <c>Detail.Columns</c> tokens plus one line end each, over the picture without padding; empty when there
/// are no detail tiles.
/// </param>
/// <param name="Count">All tokens of the picture.</param>
public readonly record struct ImageTokenLayout(int Grid, PatchWindow Detail, int Count)
{
    /// <summary>Tokens of the whole picture.</summary>
    public int BaseCount => Grid * Grid;
}
