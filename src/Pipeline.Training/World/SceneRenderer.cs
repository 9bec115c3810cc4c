namespace Pipeline.Training.World;

/// <summary>Paints scenes: sky, sky stimuli, ground, objects, foreground stimuli, in this order. Pure: the same scene gives the same bytes.</summary>
public static class SceneRenderer
{
    private const float Horizon = 40;

    /// <summary>Renders a scene with its masks.</summary>
    public static RenderedScene Render(Scene scene)
    {
        ArgumentNullException.ThrowIfNull(scene);
        Canvas canvas = new();
        MoodStyle mood = MoodTable.Of(scene.Sky);
        (float left, float top, float right, float bottom) = SkyArea(scene);
        float[]? skyStimulus = null;

        canvas.FillGradient(mood.SkyTop, mood.SkyBottom, bottom);
        if (StimulusPainter.IsInSky(scene.Stimulus))
        {
            canvas.ClipTo(left, top, right, bottom);
            skyStimulus = canvas.StartMask();
            new StimulusPainter(canvas, scene.StimulusSeed).Paint(scene.Stimulus, left, top, right, bottom);
            canvas.EndMask();
            canvas.ClearClip();
        }

        PaintPlace(canvas, scene, mood, (left, top, right, bottom));
        List<float[]> masks = [];
        foreach (SceneObject item in scene.Objects)
        {
            masks.Add(canvas.StartMask());
            new ObjectPainter(canvas, item, mood).Paint();
            canvas.EndMask();
        }

        float[] stimulus = skyStimulus ?? canvas.StartMask();
        if (skyStimulus is null)
        {
            new StimulusPainter(canvas, scene.StimulusSeed).Paint(scene.Stimulus, 0, 0, Canvas.Side, Horizon);
            canvas.EndMask();
        }

        return new RenderedScene(scene, canvas.ToImage(), masks, stimulus);
    }

    /// <summary>Where the sky is seen, in pixels: above the horizon, or the window of a room.</summary>
    internal static (float Left, float Top, float Right, float Bottom) SkyArea(Scene scene)
    {
        if (scene.Place != Place.Room)
        {
            return (0, 0, Canvas.Side, Horizon);
        }

        float left = new SeededRandom(scene.LayoutSeed, 1).Range(6, 20);
        return (left, 4, left + 38, 32);
    }

    private static void PaintPlace(Canvas canvas, Scene scene, MoodStyle mood, (float Left, float Top, float Right, float Bottom) sky)
    {
        SeededRandom random = new(scene.LayoutSeed, 2);
        switch (scene.Place)
        {
            case Place.Meadow:
                canvas.Paint(new Wave(Horizon, 2.5f, 50, random.Range(0, 6)), mood.Grade(Rgb.Hex(0x4f9c44)));
                canvas.Paint(new Wave(47, 2, 70, random.Range(0, 6)), mood.Grade(Rgb.Hex(0x66bc50)));
                break;
            case Place.Beach:
                canvas.Paint(new Box(32, 42, 33, 6), mood.Grade(Rgb.Hex(0x1f88c8)));
                canvas.Paint(new Wave(47, 1.6f, 40, random.Range(0, 6)), mood.Grade(Rgb.Hex(0xf2d894)));
                break;
            case Place.Street:
                Skyline(canvas, mood, ref random);
                canvas.Paint(new Box(32, 56, 33, 13), mood.Grade(Rgb.Hex(0x5a5a62)));
                for (int i = 0; i < 4; i++)
                {
                    canvas.Paint(new Box(8 + (i * 16), 61.5f, 4, 0.9f), mood.Grade(Rgb.Hex(0xf0f0e0)));
                }

                break;
            default:
                Room(canvas, mood, sky);
                break;
        }
    }

    private static void Skyline(Canvas canvas, MoodStyle mood, ref SeededRandom random)
    {
        for (float x = 0; x < Canvas.Side;)
        {
            float width = random.Range(9, 14), height = random.Range(12, 24);
            canvas.Paint(new Box(x + (width / 2), Horizon + 4 - (height / 2), width / 2, height / 2), mood.Grade(Rgb.Hex(random.Chance(0.5f) ? 0x8a8e9a : 0x74788a)));
            for (float wy = Horizon - height + 7; wy < Horizon; wy += 4.5f)
            {
                canvas.Paint(new Box(x + (width * 0.32f), wy, 1, 1.2f), mood.Grade(Rgb.Hex(0xf6e39a)));
                canvas.Paint(new Box(x + (width * 0.68f), wy, 1, 1.2f), mood.Grade(Rgb.Hex(0xf6e39a)));
            }

            x += width;
        }
    }

    private static void Room(Canvas canvas, MoodStyle mood, (float Left, float Top, float Right, float Bottom) window)
    {
        Rgb wall = mood.Grade(Rgb.Hex(0xe6c8a4)), frame = mood.Grade(Rgb.Hex(0xfaf4ea));
        float middle = (window.Top + window.Bottom) / 2, height = (window.Bottom - window.Top) / 2;
        canvas.Paint(new Box(32, window.Top / 2, 33, window.Top / 2), wall);
        canvas.Paint(new Box(window.Left / 2, middle, window.Left / 2, height), wall);
        canvas.Paint(new Box((window.Right + 64) / 2, middle, (64 - window.Right) / 2, height), wall);
        canvas.Paint(new Box(32, (window.Bottom + 46) / 2, 33, (46 - window.Bottom) / 2), wall);
        canvas.Paint(new Box(32, 55, 33, 9.5f), mood.Grade(Rgb.Hex(0xa06a3c)));
        canvas.Paint(new Box(32, 45.5f, 33, 0.9f), frame);
        float centre = (window.Left + window.Right) / 2;
        canvas.Paint(new Box(centre, middle, 0.8f, height), frame);
        foreach (float y in new[] { window.Top, window.Bottom })
        {
            canvas.Paint(new Box(centre, y, ((window.Right - window.Left) / 2) + 1, 1.1f), frame);
        }

        foreach (float x in new[] { window.Left, window.Right })
        {
            canvas.Paint(new Box(x, middle, 1.1f, height + 1), frame);
        }
    }
}
