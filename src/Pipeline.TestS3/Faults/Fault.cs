namespace Pipeline.TestS3.Faults;

/// <summary>A fault to come.</summary>
public sealed record Fault
{
    /// <summary>Regular expression over <c>METHOD /bucket/key?query</c>; default: every request.</summary>
    public string Match { get; init; } = "";

    /// <summary>How many matching requests pass unharmed first.</summary>
    public int After { get; init; }

    /// <summary>How many matching requests are hit then.</summary>
    public int Count { get; init; } = 1;

    /// <summary>What happens to them.</summary>
    public required FaultAction Action { get; init; }

    /// <summary>For <see cref="FaultAction.Drop"/>: bytes that pass; for <see cref="FaultAction.Corrupt"/>: position of the byte.</summary>
    public long Bytes { get; init; }

    /// <summary>For <see cref="FaultAction.Stall"/>: how long, in milliseconds.</summary>
    public int Milliseconds { get; init; }
}
