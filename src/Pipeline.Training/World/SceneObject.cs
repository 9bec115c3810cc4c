namespace Pipeline.Training.World;

/// <summary>An object of a scene.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Colour">Its colour word.</param>
/// <param name="Surface">Its pattern.</param>
/// <param name="Shade">Factor on the colour, 0.85..1.</param>
/// <param name="X">Centre, pixels of the 64-pixel world.</param>
/// <param name="BaseLine">Where it stands, pixels from the top.</param>
/// <param name="HalfSize">Half of its height, pixels.</param>
/// <param name="FacesLeft">Mirrored.</param>
public sealed record SceneObject(ObjectKind Kind, ObjectColour Colour, Surface Surface, float Shade, float X, float BaseLine, float HalfSize, bool FacesLeft);
