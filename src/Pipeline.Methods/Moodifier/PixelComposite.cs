using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Methods.Moodifier;

/// <summary>Puts the source's own pixels back where nothing may change.</summary>
/// <remarks>
/// The weight of the edit is clamp(M_E / low, 0, 1): already 1 wherever the latent blend lets anything change (its weights begin at low), so partial stimuli are not attenuated twice, and exactly 0 where
/// M_E is 0, so the background is the source's byte for byte. Between lies the feather, where the latent is the source's and only the autoencoder's loss fades in.
/// </remarks>
public static class PixelComposite
{
    /// <summary>source + weight (edited - source) per byte, rounded half to even. All three must have the same size.</summary>
    public static RgbImage Apply(RgbImage source, RgbImage edited, MaskImage stimulus, double low)
    {
        if (source.Width != edited.Width || source.Height != edited.Height || stimulus.Width != edited.Width || stimulus.Height != edited.Height)
        {
            throw new ArgumentException("source, edit and stimulus map must have the same size");
        }

        var result = new RgbImage(source.Width, source.Height);
        for (int pixel = 0; pixel < stimulus.Values.Length; pixel++)
        {
            double value = stimulus.Values[pixel];
            double weight = value <= 0 ? 0 : low <= 0 ? 1 : Math.Min(1, value / low);
            for (int i = pixel * 3; i < pixel * 3 + 3; i++)
            {
                double mixed = source.Pixels[i] + weight * (edited.Pixels[i] - source.Pixels[i]);
                result.Pixels[i] = (byte)Math.Round(mixed, MidpointRounding.ToEven);
            }
        }

        return result;
    }
}
