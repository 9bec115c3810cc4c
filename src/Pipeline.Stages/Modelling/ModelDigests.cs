using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;

namespace Pipeline.Stages.Modelling;

/// <summary>
/// Digests of model folders: SHA-256 over the names and contents of all files in them. Contents are read once; later runs know a file by size and time of change from a small
/// cache, which may be deleted at any time.
/// </summary>
/// <param name="cachePath">File of the cache; null for none.</param>
public sealed class ModelDigests(string? cachePath)
{
    private Dictionary<string, Entry>? cache;

    /// <summary>Digest of a folder.</summary>
    public string Of(string folder)
    {
        cache ??= Load();
        var text = new StringBuilder();
        bool changed = false;
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => IsPart(folder, f)).Order(StringComparer.Ordinal))
        {
            var info = new FileInfo(file);
            long ticks = info.LastWriteTimeUtc.Ticks;
            if (!cache.TryGetValue(file, out Entry? known) || known.Size != info.Length || known.Ticks != ticks)
            {
                using FileStream stream = info.OpenRead();
                cache[file] = known = new Entry(info.Length, ticks, Convert.ToHexStringLower(SHA256.HashData(stream)));
                changed = true;
            }

            text.Append(Path.GetRelativePath(folder, file).Replace('\\', '/')).Append('\n').Append(known.Sha256).Append('\n');
        }

        if (changed)
        {
            Save();
        }

        return Sha256Digest.Of(Encoding.UTF8.GetBytes(text.ToString()));
    }

    // Hidden files and folders (download caches, version control) are no part of a model.
    private static bool IsPart(string folder, string file) => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.'));

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
