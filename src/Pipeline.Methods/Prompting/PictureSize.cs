namespace Pipeline.Methods.Prompting;

/// <summary>Size of a picture in pixels.</summary>
public readonly record struct PictureSize(int Width, int Height);
