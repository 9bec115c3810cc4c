namespace Pipeline.Training.World;

/// <summary>What covers the large parts of an object: a word of its own, so that texture edits exist in the world.</summary>
public enum Surface
{
    /// <summary>One colour; not said in captions.</summary>
    Plain,

    /// <summary>Upright stripes.</summary>
    Striped,

    /// <summary>Staggered dots.</summary>
    Dotted,
}
