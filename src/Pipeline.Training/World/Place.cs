namespace Pipeline.Training.World;

/// <summary>Where a scene plays.</summary>
public enum Place
{
    /// <summary>Green hills under an open sky.</summary>
    Meadow,

    /// <summary>Sand, a strip of sea, open sky.</summary>
    Beach,

    /// <summary>A road in front of a skyline.</summary>
    Street,

    /// <summary>A room; the sky shows through a window only.</summary>
    Room,
}
