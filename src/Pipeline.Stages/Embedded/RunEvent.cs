namespace Pipeline.Stages.Embedded;

/// <summary>Something that a run tells its caller.</summary>
public abstract record RunEvent;
