using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Storage;

namespace Pipeline.Stages.Consuming;

/// <summary>The settings of job lines in the store, published under the digest of their canonical JSON: <c>cas/settings/{dd}/{digest}.json</c>.</summary>
public static class SettingsStore
{
    private const string Kind = "settings";

    /// <summary>Stores settings; storing them again changes nothing.</summary>
    /// <returns>Their digest.</returns>
    public static async Task<string> WriteAsync(IArtefactStore store, WorkSettings settings, CancellationToken cancellation)
    {
        byte[] content = settings.ToBytes();
        string digest = Sha256Digest.Of(content);
        await store.PublishManifestAsync(new ManifestKey(Kind, digest), content, cancellation).ConfigureAwait(false);
        return digest;
    }

    /// <summary>Whether settings of this digest are stored.</summary>
    public static async Task<bool> IsStoredAsync(IArtefactStore store, string digest, CancellationToken cancellation) =>
        await store.TryReadManifestAsync(new ManifestKey(Kind, digest), cancellation).ConfigureAwait(false) is not null;

    /// <summary>Reads settings by their digest.</summary>
    /// <exception cref="ArtefactStoreException">They are missing, or not what the digest says.</exception>
    public static async Task<WorkSettings> ReadAsync(IArtefactStore store, string digest, CancellationToken cancellation)
    {
        byte[] content = await store.TryReadManifestAsync(new ManifestKey(Kind, digest), cancellation).ConfigureAwait(false)
            ?? throw new ArtefactMissingException($"settings {digest}");
        try
        {
            return Sha256Digest.Of(content) == digest
                ? ContractJson.Deserialize<WorkSettings>(content)
                : throw new ArtefactStoreException(ErrorCodes.ArtefactCorrupt, FaultClass.Poison, $"settings {digest} are corrupt in the store; delete that file and run again");
        }
        catch (JsonException e)
        {
            throw new ArtefactStoreException(ErrorCodes.ArtefactFormat, FaultClass.Poison, $"settings {digest} were written by a newer version: {e.Message}", e);
        }
    }
}
