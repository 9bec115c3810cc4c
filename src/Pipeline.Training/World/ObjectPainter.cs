namespace Pipeline.Training.World;

/// <summary>Paints the six kinds of objects. Coordinates are relative: x to the side it faces, y upwards, 1 = half the object's height.</summary>
internal readonly struct ObjectPainter(Canvas canvas, SceneObject item, MoodStyle mood)
{
    private static readonly Rgb[] Palette =
    [
        Rgb.Hex(0xe4241f), Rgb.Hex(0x2658e0), Rgb.Hex(0xf8d822), Rgb.Hex(0xf4f4f2), Rgb.Hex(0x9a30c8), Rgb.Hex(0xff8a14),
    ];

    private static readonly Rgb Ink = Rgb.Hex(0x1c1a20);

    private float Unit => item.HalfSize;

    private Fill Main => new(Tint(1), IsLight ? Tint(0.4f) : mood.Grade(Palette[(int)item.Colour].Towards(new Rgb(1, 1, 1), 0.85f)), item.Surface, item.X, item.BaseLine);

    // A pattern is seen when it is dark on light colours and light on the others.
    private bool IsLight => item.Colour is ObjectColour.Yellow or ObjectColour.White or ObjectColour.Orange;

    private Rgb Dark => Tint(0.62f);

    public void Paint()
    {
        canvas.Paint(new Ellipse(item.X, item.BaseLine, Unit * 0.95f, Unit * 0.16f), Rgb.Hex(0), 0.28f);
        switch (item.Kind)
        {
            case ObjectKind.House: House(); break;
            case ObjectKind.Tree: Tree(); break;
            case ObjectKind.Dog: Dog(); break;
            case ObjectKind.Cat: Cat(); break;
            case ObjectKind.Car: Car(); break;
            default: Person(); break;
        }
    }

    private void House()
    {
        Rect(0, 0.55f, 0.78f, 0.55f, Main);
        Tri(-1.02f, 1.05f, 1.02f, 1.05f, 0, 1.98f, Dark);
        Rect(0, 0.36f, 0.2f, 0.36f, Graded(0x5a3418));
        Rect(-0.5f, 0.68f, 0.17f, 0.17f, Graded(0xbfe4ff));
        Rect(0.5f, 0.68f, 0.17f, 0.17f, Graded(0xbfe4ff));
    }

    private void Tree()
    {
        Rect(0, 0.38f, 0.15f, 0.4f, Graded(0x7a4a22));
        Oval(-0.42f, 1.12f, 0.46f, 0.44f, Dark);
        Oval(0.42f, 1.12f, 0.46f, 0.44f, Dark);
        Oval(0, 1.42f, 0.62f, 0.58f, Main);
    }

    private void Dog()
    {
        Line(-0.78f, 0.92f, -1.08f, 1.36f, 0.1f, Dark);
        foreach (float x in new[] { -0.66f, -0.36f, 0.3f, 0.6f })
        {
            Rect(x, 0.3f, 0.12f, 0.32f, Dark);
        }

        RoundRect(-0.02f, 0.82f, 0.84f, 0.34f, 0.28f, Main);
        Oval(0.8f, 1.24f, 0.36f, 0.34f, Main);
        RoundRect(1.14f, 1.12f, 0.26f, 0.16f, 0.12f, Main);
        Oval(0.56f, 1.2f, 0.16f, 0.36f, Dark);
        Oval(1.34f, 1.18f, 0.1f, 0.1f, Ink);
        Oval(0.9f, 1.32f, 0.08f, 0.08f, Ink);
    }

    private void Cat()
    {
        Line(-0.5f, 0.2f, -0.98f, 0.62f, 0.13f, Dark);
        Oval(0, 0.56f, 0.56f, 0.6f, Main);
        Oval(0, 0.46f, 0.28f, 0.38f, mood.Grade(Palette[(int)item.Colour].Towards(new Rgb(1, 1, 1), 0.55f)));
        Tri(-0.54f, 1.36f, -0.08f, 1.66f, -0.46f, 2.02f, Dark);
        Tri(0.54f, 1.36f, 0.08f, 1.66f, 0.46f, 2.02f, Dark);
        Oval(0, 1.36f, 0.54f, 0.44f, Main);
        Oval(-0.2f, 1.42f, 0.1f, 0.12f, Graded(0x2f7a2c));
        Oval(0.2f, 1.42f, 0.1f, 0.12f, Graded(0x2f7a2c));
        Tri(-0.08f, 1.26f, 0.08f, 1.26f, 0, 1.16f, Ink);
    }

    private void Car()
    {
        RoundRect(-0.05f, 1.02f, 0.62f, 0.34f, 0.18f, Dark);
        RoundRect(-0.05f, 1.02f, 0.48f, 0.22f, 0.08f, Graded(0xbfe4ff));
        Rect(-0.05f, 1.02f, 0.06f, 0.26f, Dark);
        RoundRect(0, 0.58f, 1.12f, 0.34f, 0.16f, Main);
        Oval(-0.6f, 0.26f, 0.3f, 0.3f, Ink);
        Oval(0.6f, 0.26f, 0.3f, 0.3f, Ink);
        Oval(-0.6f, 0.26f, 0.13f, 0.13f, Graded(0xb8b8b8));
        Oval(0.6f, 0.26f, 0.13f, 0.13f, Graded(0xb8b8b8));
        Oval(1.04f, 0.66f, 0.09f, 0.11f, Graded(0xfff2a0));
    }

    private void Person()
    {
        Rgb skin = Graded(0xf0b890);
        Rect(-0.2f, 0.26f, 0.13f, 0.3f, Graded(0x2a2c44));
        Rect(0.2f, 0.26f, 0.13f, 0.3f, Graded(0x2a2c44));
        Line(-0.4f, 1.02f, -0.64f, 0.58f, 0.13f, Dark);
        Line(0.4f, 1.02f, 0.64f, 0.58f, 0.13f, Dark);
        Tri(-0.56f, 0.46f, 0.56f, 0.46f, 0, 1.5f, Main);
        RoundRect(0, 0.86f, 0.4f, 0.38f, 0.16f, Main);
        Oval(0, 1.58f, 0.46f, 0.42f, Graded(0x4a2c18));
        Oval(0, 1.52f, 0.4f, 0.38f, skin);
        Oval(-0.15f, 1.6f, 0.07f, 0.08f, Ink);
        Oval(0.15f, 1.6f, 0.07f, 0.08f, Ink);
        float bend = 0.12f * mood.Mouth;
        Line(-0.18f, 1.34f + bend, 0, 1.34f - bend, 0.055f, Graded(0x9a1c1c));
        Line(0, 1.34f - bend, 0.18f, 1.34f + bend, 0.055f, Graded(0x9a1c1c));
    }

    private Rgb Tint(float factor) => mood.Grade(Palette[(int)item.Colour].Times(item.Shade * factor));

    private Rgb Graded(int hex) => mood.Grade(Rgb.Hex(hex));

    private float Px(float x) => item.X + (x * Unit * (item.FacesLeft ? -1 : 1));

    private float Py(float y) => item.BaseLine - (y * Unit);

    private void Oval(float x, float y, float rx, float ry, Fill c) => canvas.Paint(new Ellipse(Px(x), Py(y), rx * Unit, ry * Unit), c);

    private void Rect(float x, float y, float hw, float hh, Fill c) => canvas.Paint(new Box(Px(x), Py(y), hw * Unit, hh * Unit), c);

    private void RoundRect(float x, float y, float hw, float hh, float round, Fill c) =>
        canvas.Paint(new Box(Px(x), Py(y), hw * Unit, hh * Unit, round * Unit), c);

    private void Line(float x1, float y1, float x2, float y2, float half, Fill c) => canvas.Paint(new Stroke(Px(x1), Py(y1), Px(x2), Py(y2), half * Unit), c);

    private void Tri(float x1, float y1, float x2, float y2, float x3, float y3, Fill c) =>
        canvas.Paint(new Triangle(Px(x1), Py(y1), Px(x2), Py(y2), Px(x3), Py(y3)), c);
}
