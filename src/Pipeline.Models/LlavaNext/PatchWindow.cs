namespace Pipeline.Models.LlavaNext;

/// <summary>A rectangle of patches.</summary>
public readonly record struct PatchWindow(int Top, int Rows, int Left, int Columns);
