using System.Text.Json;
using Pipeline.Contracts.Json;
using Pipeline.Models;

namespace Pipeline.Stages.Modelling;

/// <summary>
/// Digests of model folders, the same as <see cref="ModelDirectory.Digest(string)"/>, remembered between runs: a file is read again only when its size or time of change differs. The
/// cache may be deleted at any time.
/// </summary>
/// <param name="cachePath">File of the cache; null for none.</param>
public sealed class ModelDigests(string? cachePath)
{
    private Dictionary<string, Entry>? cache;

    /// <summary>Digest of a folder.</summary>
    public string Of(string folder)
    {
        Dictionary<string, Entry> known = cache ??= Load();
        bool changed = false;
        string digest = ModelDirectory.Digest(folder, file =>
        {
            var info = new FileInfo(file);
            if (!known.TryGetValue(info.FullName, out Entry? entry) || entry.Size != info.Length || entry.Ticks != info.LastWriteTimeUtc.Ticks)
            {
                known[info.FullName] = entry = new Entry(info.Length, info.LastWriteTimeUtc.Ticks, FileDigests.Sha256(file));
                changed = true;
            }

            return entry.Sha256;
        });
        if (changed)
        {
            Save();
        }

        return digest;
    }

    private Dictionary<string, Entry> Load()
    {
        try
        {
            return cachePath is not null && File.Exists(cachePath) ? ContractJson.Deserialize<Dictionary<string, Entry>>(File.ReadAllBytes(cachePath)) : [];
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            return [];
        }
    }

    private void Save()
    {
        if (cachePath is null)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(cachePath))!);
        string temporary = $"{cachePath}.{Environment.ProcessId}";
        File.WriteAllBytes(temporary, ContractJson.Serialize(cache!));
        File.Move(temporary, cachePath, overwrite: true);
    }

    private sealed record Entry(long Size, long Ticks, string Sha256);
}
