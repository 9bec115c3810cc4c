namespace Pipeline.Stages.Core;

/// <summary>What one unit of a stage's work is about. Each unit has its own work key and manifest.</summary>
public enum UnitScope
{
    /// <summary>The picture: shared by all its edits.</summary>
    Picture,

    /// <summary>One edit of the picture.</summary>
    Target,
}
