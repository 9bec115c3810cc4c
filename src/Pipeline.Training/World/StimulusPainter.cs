namespace Pipeline.Training.World;

/// <summary>Paints what evokes an emotion. Stimuli of the sky are painted behind the ground, the others in front of everything.</summary>
internal readonly struct StimulusPainter(Canvas canvas, ulong seed)
{
    private static readonly Rgb[] Bright = [Rgb.Hex(0xf02828), Rgb.Hex(0xffb01c), Rgb.Hex(0x2c6cf0), Rgb.Hex(0xb02cd0), Rgb.Hex(0xfff02c)];

    /// <summary>Whether the stimulus belongs to the sky (and is seen through the window of a room).</summary>
    public static bool IsInSky(Mood mood) => mood is Mood.Neutral or Mood.Awe or Mood.Excitement or Mood.Fear or Mood.Sadness;

    /// <param name="mood">Whose stimulus.</param>
    /// <param name="left">Left edge of the sky (or the window).</param>
    /// <param name="top">Upper edge.</param>
    /// <param name="right">Right edge.</param>
    /// <param name="bottom">Horizon, or lower edge of the window.</param>
    public void Paint(Mood mood, float left, float top, float right, float bottom)
    {
        SeededRandom random = new(seed, 7);
        float width = right - left, height = bottom - top;
        switch (mood)
        {
            case Mood.Neutral: Clouds(ref random, left, top, width, height); break;
            case Mood.Amusement: Balloons(ref random); break;
            case Mood.Awe: Rainbow(ref random, left, width, top, height); break;
            case Mood.Contentment: Flowers(ref random); break;
            case Mood.Excitement: Fireworks(ref random, left, top, width, height); break;
            case Mood.Anger: Fire(ref random); break;
            case Mood.Disgust: Slime(ref random); break;
            case Mood.Fear: Bats(ref random, left, top, width, height); break;
            default: Rain(ref random, left, top, width, height); break;
        }
    }

    private void Clouds(ref SeededRandom random, float left, float top, float width, float height)
    {
        int count = width > 40 ? 3 : 2;
        for (int i = 0; i < count; i++)
        {
            float x = left + (width * (i + random.Range(0.25f, 0.75f)) / count), y = top + (height * random.Range(0.2f, 0.6f)), r = random.Range(3.4f, 4.6f);
            canvas.Paint(new Ellipse(x - (r * 1.2f), y + 0.8f, r, r * 0.7f), Rgb.Hex(0xf0f4fa));
            canvas.Paint(new Ellipse(x + (r * 1.2f), y + 0.8f, r, r * 0.7f), Rgb.Hex(0xf0f4fa));
            canvas.Paint(new Ellipse(x, y, r * 1.2f, r), Rgb.Hex(0xffffff));
        }
    }

    private void Balloons(ref SeededRandom random)
    {
        for (int i = 0; i < 3; i++)
        {
            float x = 10 + (i * 21) + random.Range(-5, 6), y = random.Range(9, 20);
            Rgb colour = Bright[(i + random.Below(2) * 2) % 4];
            canvas.Paint(new Stroke(x, y + 6, x + random.Range(-1.5f, 1.5f), y + 15, 0.5f), Rgb.Hex(0x404048));
            canvas.Paint(new Ellipse(x, y, 4.8f, 6), colour);
            canvas.Paint(new Ellipse(x - 1.6f, y - 2.2f, 1.2f, 1.6f), Rgb.Hex(0xffffff), 0.7f);
        }
    }

    private void Rainbow(ref SeededRandom random, float left, float width, float top, float height)
    {
        float x = left + (width * random.Range(0.4f, 0.6f)), radius = MathF.Min(width * 0.48f, height * 0.95f), y = top + height + 1;
        int[] bands = [0xf03030, 0xff9020, 0xf8e028, 0x38c040, 0x3070f0, 0x8a38d0];
        for (int i = 0; i < bands.Length; i++)
        {
            canvas.Paint(new Ring(x, y, radius - (i * 1.7f), 0.95f, UpperOnly: true), Rgb.Hex(bands[i]));
        }
    }

    private void Flowers(ref SeededRandom random)
    {
        for (int i = 0; i < 8; i++)
        {
            float x = 4 + (i * 8) + random.Range(-2, 2), y = random.Range(54, 61);
            Rgb petal = i % 2 == 0 ? Rgb.Hex(0xff5aa8) : Rgb.Hex(0xffffff);
            canvas.Paint(new Stroke(x, y, x, 64, 0.7f), Rgb.Hex(0x2f8a2c));
            foreach ((float dx, float dy) in new[] { (0f, -2f), (1.9f, -0.4f), (1.2f, 1.7f), (-1.2f, 1.7f), (-1.9f, -0.4f) })
            {
                canvas.Paint(new Ellipse(x + dx, y + dy, 1.4f, 1.4f), petal);
            }

            canvas.Paint(new Ellipse(x, y, 1.2f, 1.2f), Rgb.Hex(0xffc81c));
        }
    }

    private void Fireworks(ref SeededRandom random, float left, float top, float width, float height)
    {
        int count = width > 40 ? 3 : 2;
        for (int i = 0; i < count; i++)
        {
            float x = left + (width * (i + random.Range(0.35f, 0.65f)) / count), y = top + (height * random.Range(0.3f, 0.65f)), r = random.Range(6.5f, 8.5f);
            Rgb colour = i % 2 == 0 ? Rgb.Hex(0xffe14a) : Rgb.Hex(0x5ff0ff);
            for (int k = 0; k < 8; k++)
            {
                float angle = (k * MathF.Tau / 8) + 0.2f, c = MathF.Cos(angle), s = MathF.Sin(angle);
                canvas.Paint(new Stroke(x + (c * 2), y + (s * 2), x + (c * r), y + (s * r), 0.75f), colour);
            }

            canvas.Paint(new Ellipse(x, y, 1.2f, 1.2f), Rgb.Hex(0xffffff));
        }
    }

    private void Fire(ref SeededRandom random)
    {
        for (int i = 0; i < 6; i++)
        {
            float x = 5 + (i * 11) + random.Range(-2, 2), h = random.Range(12, 18), w = random.Range(4.2f, 5.2f);
            canvas.Paint(new Triangle(x - w, 58, x + w, 58, x + random.Range(-2, 2), 60 - h), Rgb.Hex(0xff5a10));
            canvas.Paint(new Ellipse(x, 60, w, 5), Rgb.Hex(0xff5a10));
            canvas.Paint(new Triangle(x - (w * 0.55f), 60, x + (w * 0.55f), 60, x, 62 - (h * 0.65f)), Rgb.Hex(0xffd028));
            canvas.Paint(new Ellipse(x, 61.5f, w * 0.55f, 3), Rgb.Hex(0xffd028));
        }
    }

    private void Slime(ref SeededRandom random)
    {
        Rgb green = Rgb.Hex(0x72e01c), shine = Rgb.Hex(0xc4ff70);
        for (int i = 0; i < 5; i++)
        {
            float x = 6 + (i * 13) + random.Range(-3, 3), length = random.Range(8, 20);
            canvas.Paint(new Stroke(x, -3, x, length, 2.2f), green);
            canvas.Paint(new Ellipse(x, length + 0.6f, 3, 3.2f), green);
            canvas.Paint(new Ellipse(x - 1, length, 0.8f, 1.1f), shine);
        }

        for (int i = 0; i < 3; i++)
        {
            float x = 11 + (i * 21) + random.Range(-4, 4);
            canvas.Paint(new Ellipse(x, 61, random.Range(7, 10), 3), green);
            canvas.Paint(new Ellipse(x - 2, 60.2f, 1.6f, 0.8f), shine);
        }
    }

    private void Bats(ref SeededRandom random, float left, float top, float width, float height)
    {
        float moonX = left + (width * random.Range(0.6f, 0.85f));
        canvas.Paint(new Ellipse(moonX, top + (height * 0.3f), 4.2f, 4.2f), Rgb.Hex(0xc8cce0));
        int count = width > 40 ? 3 : 2;
        for (int i = 0; i < count; i++)
        {
            float x = left + (width * (i + random.Range(0.35f, 0.65f)) / count), y = top + (height * random.Range(0.35f, 0.75f)), s = random.Range(5.5f, 7);
            Rgb bat = Rgb.Hex(0x7c3ab0);
            canvas.Paint(new Triangle(x, y + 1, x - (s * 0.55f), y - (s * 0.5f), x - s, y + (s * 0.3f)), bat);
            canvas.Paint(new Triangle(x, y + 1, x + (s * 0.55f), y - (s * 0.5f), x + s, y + (s * 0.3f)), bat);
            canvas.Paint(new Ellipse(x, y + 0.4f, 1.7f, 2.3f), bat);
        }
    }

    private void Rain(ref SeededRandom random, float left, float top, float width, float height)
    {
        int count = (int)(width * height / 70);
        for (int i = 0; i < count; i++)
        {
            float x = left + (width * random.Unit()), y = top + (height * random.Unit());
            canvas.Paint(new Stroke(x, y, x - 2.2f, y + 6, 0.8f), Rgb.Hex(0xb8dcff), 0.95f);
        }
    }
}
