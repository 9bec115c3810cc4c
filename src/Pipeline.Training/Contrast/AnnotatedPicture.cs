using Pipeline.Imaging;
using Pipeline.Training.Data;

namespace Pipeline.Training.Contrast;

/// <summary>A picture with its five sentences.</summary>
/// <param name="Image">A square of the network's side.</param>
/// <param name="Said">What is said of it.</param>
internal sealed record AnnotatedPicture(RgbImage Image, MoodAnnotation Said);
