namespace Pipeline.Methods.Prompting;

/// <summary>Where a stimulus map comes from. A map of several stimuli may have several sources.</summary>
[Flags]
public enum StimulusMapSource
{
    /// <summary>Nothing was located.</summary>
    None = 0,

    /// <summary>A segmenter found the phrase.</summary>
    Segmenter = 1,

    /// <summary>Box and attention together.</summary>
    BoxAndAttention = 2,

    /// <summary>The model's box alone.</summary>
    Box = 4,

    /// <summary>The model's attention alone.</summary>
    Attention = 8,

    /// <summary>The whole picture or its background.</summary>
    Global = 16,

    /// <summary>No map: the editor derives one from the cross-attention of the target phrases.</summary>
    CrossAttention = 32,

    /// <summary>No map and no other way: everything may change. Evaluations may want to leave such results out.</summary>
    FallbackGlobal = 64,

    /// <summary>The user gave the mask.</summary>
    Given = 128,
}
