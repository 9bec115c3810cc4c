namespace Pipeline.Methods.Moodifier;

/// <summary>How an intensity a in (0, 1] weakens an edit; 1 changes nothing.</summary>
public static class Intensity
{
    /// <summary>w_t := 1 + a (w_t - 1): towards conditional only.</summary>
    public static double Guidance(double scale, double intensity) => intensity == 1 ? scale : 1 + intensity * (scale - 1);

    /// <summary>Factor on the mask, min(1, 0.5 + a/2): half of the change remains as a goes to 0.</summary>
    public static double Mask(double intensity) => Math.Min(1, 0.5 + intensity / 2);
}
