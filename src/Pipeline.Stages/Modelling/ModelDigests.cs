using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Json;

namespace Pipeline.Stages.Modelling;

/// <summary>
/// Digests of model folders, the same as <see cref="Pipeline.Models.ModelDirectory.Digest(string)"/>, remembered between runs: a file is read again only when its size or time of change differs. The
/// cache may be deleted at any time.
/// </summary>
/// <param name="cachePath">File of the cache; null for none.</param>
public sealed class ModelDigests(string? cachePath)
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, MaxRecursionDepth = 8 };
    private Dictionary<string, Entry>? cache;

    /// <summary>Digest of a folder.</summary>
    public string Of(string folder)
    {
        cache ??= Load();
        var list = new StringBuilder();
        bool changed = false;
        foreach (string file in Directory.EnumerateFiles(folder, "*", Everything).Order(StringComparer.Ordinal))
        {
            var info = new FileInfo(file);
            if (!cache.TryGetValue(info.FullName, out Entry? known) || known.Size != info.Length || known.Ticks != info.LastWriteTimeUtc.Ticks)
            {
                cache[info.FullName] = known = new Entry(info.Length, info.LastWriteTimeUtc.Ticks, Models.FileDigests.Sha256(file));
                changed = true;
            }

            list.Append(Path.GetRelativePath(folder, file).Replace('\\', '/')).Append('\0').Append(known.Sha256).Append('\n');
        }

        if (changed)
        {
            Save();
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list.ToString())));
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
