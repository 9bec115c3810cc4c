namespace Pipeline.Methods;

/// <summary>Where the mask of an edit came from.</summary>
public enum MaskSource
{
    /// <summary>The stimulus map of the request.</summary>
    Stimulus,

    /// <summary>Cross-attention of the stimulus phrases during the edit (<c>cross_attention</c>).</summary>
    CrossAttention,

    /// <summary>No region was known: the whole picture may change (<c>fallback_global</c>); evaluations can leave such edits out.</summary>
    Global,
}
