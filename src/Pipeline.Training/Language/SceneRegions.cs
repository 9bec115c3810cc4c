using Pipeline.Training.World;

namespace Pipeline.Training.Language;

/// <summary>Where the things lie that answers name: masks of 64 x 64 values 0..1, row by row.</summary>
/// <param name="Sky">Sky or window, without objects.</param>
/// <param name="Ground">What lies below, without objects.</param>
/// <param name="Objects">One mask an object.</param>
/// <param name="Stimulus">The stimulus as it is now.</param>
internal sealed record SceneRegions(float[] Sky, float[] Ground, IReadOnlyList<float[]> Objects, float[] Stimulus)
{
    private const int Side = 64;
    private const int Horizon = 40;
    private const int BelowWindow = 32;

    /// <summary>Regions of a rendered scene.</summary>
    public static SceneRegions Of(RenderedScene rendered)
    {
        ArgumentNullException.ThrowIfNull(rendered);
        (float left, float top, float right, float bottom) = SceneRenderer.SkyArea(rendered.Scene);
        float[] sky = Free(rendered, (x, y) => x + 0.5f >= left && x + 0.5f < right && y + 0.5f >= top && y + 0.5f < bottom);
        float[] ground = Free(rendered, (_, y) => y >= GroundTop(rendered.Scene));
        return new SceneRegions(sky, ground, rendered.ObjectMasks, rendered.StimulusMask);
    }

    /// <summary>The box of the sky, or of the window.</summary>
    public static GridBox SkyBox(Scene scene)
    {
        (float left, float top, float right, float bottom) = SceneRenderer.SkyArea(scene);
        return GridBox.From((left / Side, top / Side, right / Side, bottom / Side));
    }

    /// <summary>The box of the ground; of a room, of what lies under the window.</summary>
    public static GridBox GroundBox(Scene scene) => GridBox.From((0, (float)GroundTop(scene) / Side, 1, 1));

    private static int GroundTop(Scene scene) => scene.Place == Place.Room ? BelowWindow : Horizon;

    /// <summary>1 where the place counts and no object hides it.</summary>
    private static float[] Free(RenderedScene rendered, Func<int, int, bool> counts)
    {
        float[] mask = new float[Side * Side];
        for (int i = 0; i < mask.Length; i++)
        {
            mask[i] = counts(i % Side, i / Side) ? 1 - Math.Min(1, rendered.ObjectMasks.Sum(m => m[i])) : 0;
        }

        return mask;
    }
}
