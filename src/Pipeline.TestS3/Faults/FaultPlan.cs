using Pipeline.TestS3.Objects;

namespace Pipeline.TestS3.Faults;

/// <summary>The faults that were ordered. A request meets the first one that takes it.</summary>
public sealed class FaultPlan
{
    private readonly ObjectStorage storage;
    private volatile ArmedFault[] armed = [];

    internal FaultPlan(ObjectStorage storage) => this.storage = storage;

    /// <summary>How many requests were hit by the faults that are set.</summary>
    public int Hits => armed.Sum(a => a.Hits);

    /// <summary>Sets a fault.</summary>
    /// <exception cref="ArgumentException">The pattern is no regular expression.</exception>
    public void Add(Fault fault) => armed = [.. armed, new ArmedFault(fault, storage.Marks())];

    /// <summary>Takes all faults back.</summary>
    public void Clear() => armed = [];

    internal ArmedFault? Next(string request) => armed.FirstOrDefault(a => a.Takes(request));
}
