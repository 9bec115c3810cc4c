using System.Globalization;
using Pipeline.Models;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Checkpoints;

/// <summary>Where a checkpoint comes from (<c>provenance.json</c>). Only a run with the same system, stage, format, configuration, data and base models may resume from it.</summary>
public sealed record TrainingProvenance
{
    /// <summary>Version of the checkpoint layout.</summary>
    public const int CurrentFormat = 1;

    /// <summary>What is trained.</summary>
    public required string System { get; init; }

    /// <summary>Which part of it.</summary>
    public required string Stage { get; init; }

    /// <summary>Layout of the checkpoint.</summary>
    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>Digest of the configuration.</summary>
    public required string ConfigHash { get; init; }

    /// <summary>Digest of the data.</summary>
    public required string ManifestHash { get; init; }

    /// <summary>Digest of the checkpoint that this process resumed from.</summary>
    public string? ParentHash { get; init; }

    /// <summary>Digests of the models that the run builds on, by role.</summary>
    public Dictionary<string, string> BaseModels { get; init; } = [];

    /// <summary>Seed of the run.</summary>
    public required long Seed { get; init; }

    /// <summary>Versions of what computed it.</summary>
    public required Dictionary<string, string> Libraries { get; init; }

    /// <summary>What a new run is made of.</summary>
    public static TrainingProvenance Of(TrainingConfig config, ITrainingTask task) => new()
    {
        System = config.System,
        Stage = task.Stage,
        ConfigHash = config.Digest(),
        ManifestHash = task.Data?.Digest ?? config.Data.Digest(),
        BaseModels = (config.Base ?? new Dictionary<string, string>()).Keys.ToDictionary(role => role, role => ModelDirectory.Digest(config.BaseFolder(role)), StringComparer.Ordinal),
        Seed = config.Seed,
        Libraries = new Dictionary<string, string>
        {
            ["dotnet"] = Environment.Version.ToString(),
            ["pipeline"] = typeof(TrainingProvenance).Assembly.GetName().Version?.ToString() ?? "unknown",
        },
    };

    /// <summary>The metadata that every safetensors file of the run carries.</summary>
    public Dictionary<string, string> Metadata() => new(StringComparer.Ordinal)
    {
        ["system"] = System,
        ["stage"] = Stage,
        ["format_version"] = FormatVersion.ToString(CultureInfo.InvariantCulture),
        ["config_hash"] = ConfigHash,
    };

    /// <summary>Why a run with provenance <paramref name="wanted"/> may not resume from this checkpoint; null when it may.</summary>
    public string? Conflict(TrainingProvenance wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        return System != wanted.System || Stage != wanted.Stage ? $"it holds {System}/{Stage}, the run trains {wanted.System}/{wanted.Stage}"
            : FormatVersion != wanted.FormatVersion ? $"it has format {FormatVersion}, this program writes {wanted.FormatVersion}"
            : ConfigHash != wanted.ConfigHash ? "it was made with another configuration"
            : ManifestHash != wanted.ManifestHash ? "it was made with other data"
            : BaseModels.Keys.Union(wanted.BaseModels.Keys).Order(StringComparer.Ordinal).FirstOrDefault(r => BaseModels.GetValueOrDefault(r) != wanted.BaseModels.GetValueOrDefault(r)) is { } role
                ? $"it was made with another base model '{role}'"
            : null;
    }
}
