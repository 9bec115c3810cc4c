using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Pipeline.Models.Checkpoints;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Checkpoints;

/// <summary>
/// The checkpoints of a run, one folder each. A folder is filled under another name, renamed, and marked last by <c>COMPLETE</c>, which lists the digests of its files:
/// a process may die at any moment, and a folder without the marker is as if it were not there.
/// </summary>
/// <param name="root">Folder of all checkpoints.</param>
public sealed class CheckpointFolder(string root)
{
    private const string Marker = "COMPLETE";
    private const string Prefix = "step-";
    private const int KeepNewest = 3;

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Folders of complete checkpoints, oldest first.</summary>
    public IReadOnlyList<string> Complete => !Directory.Exists(root) ? [] :
        [.. Directory.EnumerateDirectories(root, Prefix + "*").Where(d => StepOf(d) is not null && File.Exists(Path.Combine(d, Marker))).OrderBy(StepOf)];

    /// <summary>Writes a checkpoint and removes those that are neither among the newest three nor the best.</summary>
    public void Save(TrainingState state, TrainingProvenance provenance, CheckpointTensors tensors)
    {
        ArgumentNullException.ThrowIfNull(state);
        string name = Prefix + state.Step.ToString("D9", CultureInfo.InvariantCulture);
        string partial = Path.Combine(root, "partial-" + name), target = Path.Combine(root, name);
        Remove(partial);
        Directory.CreateDirectory(partial);
        foreach ((string file, IReadOnlyList<(string, TorchSharp.torch.Tensor)> values) in tensors.Files)
        {
            SafetensorsWriter.Write(Path.Combine(partial, file), values, provenance.Metadata());
        }

        WriteJson(Path.Combine(partial, "state.json"), state);
        WriteJson(Path.Combine(partial, "provenance.json"), provenance);
        Dictionary<string, string> digests = Directory.EnumerateFiles(partial).ToDictionary(f => Path.GetFileName(f)!, Digest, StringComparer.Ordinal);
        Remove(target);
        Directory.Move(partial, target);
        WriteJson(Path.Combine(target, "marker.partial"), new SortedDictionary<string, string>(digests, StringComparer.Ordinal));
        File.Move(Path.Combine(target, "marker.partial"), Path.Combine(target, Marker));
        Prune();
    }

    /// <summary>Checks a checkpoint's files, reads its numbers and copies its tensors into <paramref name="tensors"/>.</summary>
    /// <param name="checkpoint">One of <see cref="Complete"/>.</param>
    /// <param name="wanted">The resuming run.</param>
    /// <param name="tensors">Targets of the right names and shapes.</param>
    /// <returns>The numbers, and the checkpoint's digest.</returns>
    /// <exception cref="TrainingException">A file was changed, or the checkpoint belongs to another run.</exception>
    public static (TrainingState State, string Digest) Load(string checkpoint, TrainingProvenance wanted, CheckpointTensors tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        string digest = Verify(checkpoint);
        string? conflict = ReadJson<TrainingProvenance>(Path.Combine(checkpoint, "provenance.json")).Conflict(wanted);
        if (conflict is not null)
        {
            throw new TrainingException($"{checkpoint}: cannot be resumed from: {conflict}; go on with the run's own configuration, or start a new run in another folder");
        }

        foreach ((string file, IReadOnlyList<(string, TorchSharp.torch.Tensor)> targets) in tensors.Files)
        {
            WeightTable.Load(Path.Combine(checkpoint, file), targets);
        }

        return (ReadJson<TrainingState>(Path.Combine(checkpoint, "state.json")), digest);
    }

    /// <summary>Copies the averaged weights and the task's own tensors of another run's newest checkpoint into <paramref name="weights"/> and <paramref name="task"/>: the start of a fork.</summary>
    /// <param name="system">What the new run trains.</param>
    /// <param name="weights">Targets of the right names and shapes.</param>
    /// <param name="task">What the task keeps beside its weights.</param>
    /// <returns>The checkpoint's digest.</returns>
    /// <exception cref="TrainingException">There is no complete checkpoint, a file was changed, or it holds another system or network.</exception>
    public string LoadFork(string system, IReadOnlyList<(string Name, TorchSharp.torch.Tensor Value)> weights, IReadOnlyList<(string Name, TorchSharp.torch.Tensor Value)> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        string checkpoint = Complete is [.., string last] ? last : throw new TrainingException($"{root}: has no complete checkpoint to start from: give the folder of a run");
        string digest = Verify(checkpoint);
        TrainingProvenance parent = ReadJson<TrainingProvenance>(Path.Combine(checkpoint, "provenance.json"));
        if (parent.System != system || parent.FormatVersion != TrainingProvenance.CurrentFormat)
        {
            throw new TrainingException($"{checkpoint}: holds {parent.System} in format {parent.FormatVersion}, this run trains {system} in format {TrainingProvenance.CurrentFormat}");
        }

        WeightTable.Load(Path.Combine(checkpoint, "average.safetensors"), weights);
        if (task.Count > 0)
        {
            WeightTable.Load(Path.Combine(checkpoint, "task.safetensors"), task);
        }

        return digest;
    }

    /// <summary>Whether a run has reached a step: its newest complete checkpoint is of it.</summary>
    public bool HasReached(long step) => Complete is [.., string last] && StepOf(last) >= step;

    /// <summary>Compares a checkpoint's files with their digests; returns its own.</summary>
    private static string Verify(string checkpoint)
    {
        string marker = Path.Combine(checkpoint, Marker);
        foreach ((string file, string digest) in ReadJson<Dictionary<string, string>>(marker))
        {
            string path = Path.Combine(checkpoint, Path.GetFileName(file));
            if (!File.Exists(path) || Digest(path) != digest)
            {
                throw new TrainingException($"{path}: is not what was saved: remove {checkpoint} to resume from the checkpoint before it");
            }
        }

        return Digest(marker);
    }

    private static long? StepOf(string folder) =>
        long.TryParse(Path.GetFileName(folder).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : null;

    private static string Digest(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void WriteJson<T>(string path, T value)
    {
        using FileStream stream = File.Create(path);
        JsonSerializer.Serialize(stream, value, s_json);
        stream.Flush(flushToDisk: true);
    }

    private static T ReadJson<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), s_json) ?? throw new TrainingException($"{path}: is null");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new TrainingException($"{path}: cannot be read: {error.Message}: remove its folder to resume from the checkpoint before it", error);
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Prune()
    {
        IReadOnlyList<string> all = Complete;
        string? best = all.MaxBy(c => ReadJson<TrainingState>(Path.Combine(c, "state.json")).Score ?? double.NegativeInfinity);
        foreach (string old in all.SkipLast(KeepNewest).Where(c => c != best))
        {
            // Without its marker first: a removal that is cut short must not leave a folder that looks complete.
            File.Delete(Path.Combine(old, Marker));
            Directory.Delete(old, recursive: true);
        }
    }
}
