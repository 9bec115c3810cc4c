namespace Pipeline.Training.World;

/// <summary>A region of the plane by its signed distance: negative inside, in pixels.</summary>
internal interface IShape
{
    /// <summary>Signed distance of a point (exact or a close bound near the edge).</summary>
    float Distance(float x, float y);

    /// <summary>Left, top, right, bottom of everything inside.</summary>
    (float Left, float Top, float Right, float Bottom) Bounds { get; }
}

internal readonly record struct Ellipse(float X, float Y, float RadiusX, float RadiusY) : IShape
{
    public (float, float, float, float) Bounds => (X - RadiusX, Y - RadiusY, X + RadiusX, Y + RadiusY);

    public float Distance(float x, float y)
    {
        float u = (x - X) / RadiusX, v = (y - Y) / RadiusY;
        float length = MathF.Sqrt((u * u) + (v * v));
        return (length - 1) * MathF.Min(RadiusX, RadiusY);
    }
}

internal readonly record struct Box(float X, float Y, float HalfWidth, float HalfHeight, float Round = 0) : IShape
{
    public (float, float, float, float) Bounds => (X - HalfWidth, Y - HalfHeight, X + HalfWidth, Y + HalfHeight);

    public float Distance(float x, float y)
    {
        float u = MathF.Abs(x - X) - HalfWidth + Round, v = MathF.Abs(y - Y) - HalfHeight + Round;
        float outside = MathF.Sqrt((MathF.Max(u, 0) * MathF.Max(u, 0)) + (MathF.Max(v, 0) * MathF.Max(v, 0)));
        return outside + MathF.Min(MathF.Max(u, v), 0) - Round;
    }
}

/// <summary>A thick line with round ends.</summary>
internal readonly record struct Stroke(float X1, float Y1, float X2, float Y2, float HalfWidth) : IShape
{
    public (float, float, float, float) Bounds =>
        (MathF.Min(X1, X2) - HalfWidth, MathF.Min(Y1, Y2) - HalfWidth, MathF.Max(X1, X2) + HalfWidth, MathF.Max(Y1, Y2) + HalfWidth);

    public float Distance(float x, float y)
    {
        float dx = X2 - X1, dy = Y2 - Y1;
        float t = Math.Clamp((((x - X1) * dx) + ((y - Y1) * dy)) / MathF.Max((dx * dx) + (dy * dy), 1e-6f), 0, 1);
        float u = x - X1 - (t * dx), v = y - Y1 - (t * dy);
        return MathF.Sqrt((u * u) + (v * v)) - HalfWidth;
    }
}

/// <summary>A triangle with corners in any order.</summary>
internal readonly record struct Triangle(float X1, float Y1, float X2, float Y2, float X3, float Y3) : IShape
{
    public (float, float, float, float) Bounds =>
        (MathF.Min(X1, MathF.Min(X2, X3)), MathF.Min(Y1, MathF.Min(Y2, Y3)), MathF.Max(X1, MathF.Max(X2, X3)), MathF.Max(Y1, MathF.Max(Y2, Y3)));

    public float Distance(float x, float y)
    {
        float sign = MathF.Sign(((X2 - X1) * (Y3 - Y1)) - ((X3 - X1) * (Y2 - Y1)));
        return MathF.Max(Edge(X1, Y1, X2, Y2, x, y, sign), MathF.Max(Edge(X2, Y2, X3, Y3, x, y, sign), Edge(X3, Y3, X1, Y1, x, y, sign)));
    }

    private static float Edge(float ax, float ay, float bx, float by, float x, float y, float sign)
    {
        float dx = bx - ax, dy = by - ay;
        return -sign * ((dx * (y - ay)) - (dy * (x - ax))) / MathF.Sqrt((dx * dx) + (dy * dy));
    }
}

/// <summary>A band of a circle around a centre, upper half only when <see cref="UpperOnly"/>.</summary>
internal readonly record struct Ring(float X, float Y, float Radius, float HalfWidth, bool UpperOnly) : IShape
{
    public (float, float, float, float) Bounds => (X - Radius - HalfWidth, Y - Radius - HalfWidth, X + Radius + HalfWidth, UpperOnly ? Y : Y + Radius + HalfWidth);

    public float Distance(float x, float y)
    {
        float u = x - X, v = y - Y;
        float band = MathF.Abs(MathF.Sqrt((u * u) + (v * v)) - Radius) - HalfWidth;
        return UpperOnly ? MathF.Max(band, v) : band;
    }
}

/// <summary>Everything below a sine curve.</summary>
internal readonly record struct Wave(float Level, float Amplitude, float Length, float Phase) : IShape
{
    public (float, float, float, float) Bounds => (0, Level - Amplitude, Canvas.Side, Canvas.Side);

    public float Distance(float x, float y) => Level + (Amplitude * MathF.Sin((x / Length * MathF.Tau) + Phase)) - y;
}
