using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Stages.Core;
using Pipeline.Stages.Dispatching;
using Pipeline.Stages.Sources;

namespace Pipeline.Stages.Embedded;

/// <summary>What an embedded run is to do.</summary>
public sealed record EmbeddedRunOptions
{
    /// <summary>Opens the job manifest (JSON lines). Called more than once; every call gives the same content.</summary>
    public required Func<Stream> OpenManifest { get; init; }

    /// <summary>Opens sources; relative paths of a manifest usually start at its folder: <c>new FileSourceReader(folder)</c>.</summary>
    public required ISourceReader Sources { get; init; }

    /// <summary>Folder of the data set that is made.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Folder of ledger and artefacts. The same folder for several runs shares their work.</summary>
    public required string StateFolder { get; init; }

    /// <summary>What holds for manifest lines that do not say otherwise.</summary>
    public JobDefaults Defaults { get; init; } = new();

    /// <summary>How the manifest is read.</summary>
    public ManifestReadOptions Reading { get; init; } = new();

    /// <summary>Whether lines with errors are left out; default false: the run is refused with all errors.</summary>
    public bool SkipBadLines { get; init; }

    /// <summary>Only the first so many good lines; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Stages to run; default all. Prompt, invert and edit are always needed.</summary>
    public IReadOnlyList<string> Stages { get; init; } = StageNames.All;

    /// <summary>Name of the job; default: derived from manifest, defaults, stages and models, so that the same command continues the same job.</summary>
    public string? JobId { get; init; }

    /// <summary>Whether items that failed in an earlier run of this job are tried again; default false.</summary>
    public bool RetryFailed { get; init; }

    /// <summary>Most items in flight; default 64.</summary>
    public int Window { get; init; } = 64;

    /// <summary>Largest source file, bytes; default 256 MiB.</summary>
    public long MaxSourceBytes { get; init; } = SourceIntake.DefaultMaxBytes;

    /// <summary>When items are tried again after faults of the world.</summary>
    public RetryPolicy Retry { get; init; } = new();

    /// <summary>Retries of file accesses inside a stage.</summary>
    public IoRetry IoRetry { get; init; } = new();

    /// <summary>Whether ledger and artefacts are flushed to the disk; default true. False survives a killed process, but not a power loss.</summary>
    public bool FlushToDisk { get; init; } = true;

    /// <summary>A defect with one cause pauses the job when it hit at least so many items (default 20) and more than <see cref="BreakerShare"/> of them.</summary>
    public int BreakerItems { get; init; } = 20;

    /// <summary>Share of the job's items; default 0.01.</summary>
    public double BreakerShare { get; init; } = 0.01;

    /// <summary>Device of the tensor work, for manifests.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>How often progress is reported; default twice a second.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal JobManifest Manifest => new() { OpenAsync = _ => Task.FromResult(OpenManifest()), Defaults = Defaults, Reading = Reading, SkipBadLines = SkipBadLines, Limit = Limit };
}
