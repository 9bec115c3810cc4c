using Pipeline.Contracts.Artefacts;

namespace Pipeline.Stages.Core;

/// <summary>How a unit ended: with a manifest, or with an error.</summary>
public sealed record UnitResult
{
    /// <summary>The published manifest.</summary>
    public StageManifest? Manifest { get; init; }

    /// <summary>Reason of a failure.</summary>
    public Exception? Error { get; init; }

    /// <summary>Whether the manifest was there already.</summary>
    public bool Cached { get; init; }

    /// <summary>Reading inputs, milliseconds.</summary>
    public long LoadMs { get; init; }

    /// <summary>Share of the batch's computation, milliseconds.</summary>
    public long ComputeMs { get; init; }

    /// <summary>Writing outputs, milliseconds.</summary>
    public long StoreMs { get; init; }

    /// <summary>Bytes of the inputs that were read.</summary>
    public long BytesIn { get; init; }

    /// <summary>Bytes of the outputs.</summary>
    public long BytesOut => Manifest is null || Cached ? 0 : Manifest.Outputs.Values.Sum(b => b.Size);
}
