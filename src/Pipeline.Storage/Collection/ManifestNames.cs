using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;

namespace Pipeline.Storage.Collection;

/// <summary>Digests of the blobs that a manifest names.</summary>
internal sealed record ManifestNames(IReadOnlyList<string> Outputs, IReadOnlyList<string> Inputs)
{
    public static ManifestNames None { get; } = new([], []);

    /// <summary>Reads a manifest; null where the bytes are none.</summary>
    public static ManifestNames? TryRead(byte[] content)
    {
        try
        {
            StageManifest manifest = ContractJson.Deserialize<StageManifest>(content);
            string[] inputs = manifest.KeyInputs.ValueKind == JsonValueKind.Object && manifest.KeyInputs.TryGetProperty("inputs", out JsonElement read) && read.ValueKind == JsonValueKind.Object
                ? [.. read.EnumerateObject().Where(i => i.Value.ValueKind == JsonValueKind.String).Select(i => i.Value.GetString()!).Where(Sha256Digest.IsValid)]
                : [];
            return new ManifestNames([.. manifest.Outputs.Values.Select(b => b.Sha256).Where(Sha256Digest.IsValid)], inputs);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
