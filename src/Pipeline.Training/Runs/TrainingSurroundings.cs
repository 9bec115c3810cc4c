namespace Pipeline.Training.Runs;

/// <summary>What a run has around it. Nothing of it changes what is computed.</summary>
public sealed record TrainingSurroundings
{
    /// <summary>The run's folder, for what is worked out once; nothing is kept when null.</summary>
    public string? Folder { get; init; }

    /// <summary>Told what a person should know of the run: what it leaves out, and which pictures it skipped. Called on any thread.</summary>
    public Action<string> Say { get; init; } = _ => { };

    /// <summary>Threads that make batches ahead of their step; 0 makes every batch in its step.</summary>
    public int Readers { get; init; } = 1;

    /// <summary>Batches that are made ahead; what bounds the memory they take.</summary>
    public int Ahead { get; init; } = 4;
}
