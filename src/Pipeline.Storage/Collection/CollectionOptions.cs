namespace Pipeline.Storage.Collection;

/// <summary>How garbage is collected.</summary>
public sealed record CollectionOptions
{
    /// <summary>
    /// Age below which nothing is garbage; default 3 days. Must be longer than the longest an item takes between two uses of an object, retries included, plus
    /// <see cref="StoreOptions.RefreshAfter"/>: then nothing that a running job uses is ever old enough.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromDays(3);

    /// <summary>How long a list of doomed objects rests before what is still doomed then is deleted; default 1 day.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Whether lists are written and objects deleted; default false: only counts.</summary>
    public bool Apply { get; init; }

    /// <summary>Manifests that are read, and objects that are checked, at the same time.</summary>
    public int Parallel { get; init; } = 16;

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
