namespace Pipeline.Stages.Embedded;

/// <summary>Where a stage stands, in items.</summary>
/// <param name="Stage">Stage.</param>
/// <param name="Computed">Computed in this job.</param>
/// <param name="Cached">Found in the store.</param>
/// <param name="Failed">Failed.</param>
public sealed record StageProgress(string Stage, long Computed, long Cached, long Failed);
