namespace Pipeline.Models.Attention;

/// <summary>The part of the UNet in which an attention site lies.</summary>
public enum AttentionPlace
{
    /// <summary>Contracting path.</summary>
    Down,

    /// <summary>Lowest resolution, between the two paths.</summary>
    Mid,

    /// <summary>Expanding path.</summary>
    Up,
}
