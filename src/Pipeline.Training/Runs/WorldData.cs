using System.Security.Cryptography;
using System.Text;
using Pipeline.Training.World;

namespace Pipeline.Training.Runs;

/// <summary>Which scenes of the procedural world a run learns from, and which it is judged on.</summary>
public sealed record WorldData
{
    /// <summary>Seed of the first training scene.</summary>
    public ulong FirstScene { get; init; }

    /// <summary>Training scenes, one epoch.</summary>
    public int Scenes { get; init; } = 100_000;

    /// <summary>Seed of the first scene that is never trained on.</summary>
    public ulong FirstHeldOut { get; init; } = 900_000_000;

    /// <summary>Scenes that the score is taken over.</summary>
    public int HeldOut { get; init; } = 64;

    /// <summary>Digest of what the scenes are: the ranges and the pixels of one scene, so that another renderer is another data set.</summary>
    public string Digest()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"world {FirstScene} {Scenes} {FirstHeldOut} {HeldOut}\n")));
        hash.AppendData(SceneRenderer.Render(Scene.Sample(FirstScene)).Image.Pixels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    internal string? Problem() =>
        Scenes < 1 || HeldOut < 1 ? "data.scenes and data.heldOut must be at least 1"
        : FirstScene < FirstHeldOut + (ulong)HeldOut && FirstHeldOut < FirstScene + (ulong)Scenes ? "data: training and held-out scenes overlap"
        : null;
}
