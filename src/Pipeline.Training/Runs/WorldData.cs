using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Pipeline.Training.Data;
using Pipeline.Training.World;

namespace Pipeline.Training.Runs;

/// <summary>Which scenes of the procedural world, or which pictures of a manifest, a run learns from, and which it is judged on.</summary>
public sealed record WorldData
{
    /// <summary>Seed of the first training scene.</summary>
    public ulong FirstScene { get; init; }

    /// <summary>Training scenes, one epoch.</summary>
    public int Scenes { get; init; } = 100_000;

    /// <summary>Seed of the first scene that is never trained on.</summary>
    public ulong FirstHeldOut { get; init; } = 900_000_000;

    /// <summary>Scenes that the score is taken over; of a manifest, as many of its held-out pictures as there are, at most.</summary>
    public int HeldOut { get; init; } = 64;

    /// <summary>
    /// File of pictures in place of scenes, JSON Lines as docs/training.md describes them; in a configuration file from that file's folder. Where it lies is no part of a configuration's digest, what it holds is.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Manifest { get; init; }

    /// <summary>How the manifest's pictures are read.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ManifestOptions? Pictures { get; init; }

    /// <summary>Digest of what scenes are: the ranges and the pixels of one scene, so that another renderer is another data set.</summary>
    public string Digest()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"world {FirstScene} {Scenes} {FirstHeldOut} {HeldOut}\n")));
        hash.AppendData(SceneRenderer.Render(Scene.Sample(FirstScene)).Image.Pixels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    internal string? Problem() =>
        Scenes < 1 || HeldOut < 1 ? "data.scenes and data.heldOut must be at least 1"
        : Manifest is null && Pictures is not null ? "data.pictures is for a manifest: give data.manifest too"
        : FirstScene < FirstHeldOut + (ulong)HeldOut && FirstHeldOut < FirstScene + (ulong)Scenes ? "data: training and held-out scenes overlap"
        : Pictures?.Problem();
}
