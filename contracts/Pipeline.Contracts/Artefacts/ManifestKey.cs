using Pipeline.Contracts.Topology;

namespace Pipeline.Contracts.Artefacts;

/// <summary>Name of a stage manifest: the stage and the key of its work. Both parts are validated, because they become a path.</summary>
public readonly record struct ManifestKey
{
    /// <param name="stage">One of <see cref="StageNames"/> or a name of the same form (lower-case letters, digits, dashes; up to 32).</param>
    /// <param name="workKey">Work key: a SHA-256 digest.</param>
    public ManifestKey(string stage, string workKey)
    {
        Stage = StageNames.IsWellFormed(stage) ? stage : throw new ArgumentException($"'{stage}' is not the name of a stage", nameof(stage));
        WorkKey = Sha256Digest.Require(workKey, "work key");
    }

    /// <summary>Stage that made the work.</summary>
    public string Stage { get; }

    /// <summary>Content key of the work.</summary>
    public string WorkKey { get; }

    /// <summary>Path in the store: <c>cas/{stage}/{kk}/{key}.json</c>.</summary>
    public string Path => $"cas/{Stage}/{WorkKey[..2]}/{WorkKey}.json";

    /// <inheritdoc />
    public override string ToString() => $"{Stage}/{WorkKey}";
}
