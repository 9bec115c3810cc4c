namespace Pipeline.Methods.Prompting;

/// <summary>What the edit does to a stimulus.</summary>
public enum StimulusAction
{
    /// <summary>Something visible becomes something else.</summary>
    Change,

    /// <summary>Something new appears.</summary>
    Add,

    /// <summary>Something visible goes.</summary>
    Remove,
}
