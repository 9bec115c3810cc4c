using Pipeline.Diffusion.Schedulers;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Inspection;
using Pipeline.Models.Preprocessing;
using Pipeline.Models.Tokenizers;

namespace Pipeline.Cli.Models;

/// <summary>Looks at the parts of a model directory, and on demand loads each through the loader that a job uses.</summary>
/// <param name="root">The folder asked for.</param>
/// <param name="verify">Reads every weight and loads every part; otherwise only headers and configurations are read.</param>
/// <param name="digests">Computes SHA-256 of the weight files, which reads them whole.</param>
internal sealed class PartChecker(string root, bool verify, bool digests)
{
    private const int ListedKeys = 8;

    /// <summary>Share of the machine's memory that a network may take to be built for a check.</summary>
    private const double LoadedShare = 0.7;

    /// <summary>All parts below the folder, one at a time.</summary>
    public IEnumerable<PartReport> Run(CancellationToken cancellation)
    {
        foreach (ModelPart part in ModelParts.Find(root))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Check(part, cancellation);
        }
    }

    private PartReport Check(ModelPart part, CancellationToken cancellation)
    {
        List<string> notes = [], problems = [];
        Dictionary<string, string> sums = new(StringComparer.Ordinal);
        NetworkReport? network = null;
        try
        {
            switch (part.Kind)
            {
                case PartKind.Network:
                    network = NetworkInspector.Inspect(part);
                    Describe(network, notes, problems);
                    Sum(part, network, sums);
                    VerifyNetwork(part, network, notes, problems, cancellation);
                    break;
                case PartKind.Pipeline:
                    CheckPipeline(part, problems);
                    break;
                case PartKind.Tokenizer:
                    notes.Add($"{TokenizerLoader.Load(part.Folder).VocabularySize} tokens");
                    break;
                case PartKind.ImageProcessor:
                    ImageProcessorLoader.Load(part.Folder);
                    break;
                case PartKind.Scheduler:
                    SchedulerLoader.Create(ModelConfig.Read(Path.Combine(part.Folder, "scheduler_config.json")));
                    break;
                default:
                    notes.Add("no network here has this configuration; nothing uses it");
                    break;
            }
        }
        catch (ModelFormatException error)
        {
            problems.Add(error.Message);
        }

        return new PartReport(part, Path.GetRelativePath(root, part.Folder), network, sums, notes, problems);
    }

    private static void Describe(NetworkReport network, List<string> notes, List<string> problems)
    {
        Add(problems, "missing", network.Missing);
        Add(problems, "of another shape", network.Mismatched);
        Add(notes, "not used", network.Unexpected);
        if (network.IgnoredBuffers > 0)
        {
            notes.Add($"{network.IgnoredBuffers} stored buffers of older libraries, ignored");
        }
    }

    private static void Add(List<string> to, string what, IReadOnlyList<string> keys)
    {
        if (keys.Count > 0)
        {
            string more = keys.Count > ListedKeys ? $" and {keys.Count - ListedKeys} more" : "";
            to.Add($"{keys.Count} keys {what}: {string.Join(", ", keys.Take(ListedKeys))}{more}");
        }
    }

    private void Sum(ModelPart part, NetworkReport network, Dictionary<string, string> sums)
    {
        if (digests)
        {
            foreach (string file in network.Files)
            {
                sums[file] = FileDigests.Sha256(Path.Combine(part.Folder, file));
            }
        }
    }

    private void VerifyNetwork(ModelPart part, NetworkReport network, List<string> notes, List<string> problems, CancellationToken cancellation)
    {
        if (!verify)
        {
            return;
        }

        Add(problems, "with NaN or infinity", NetworkInspector.FindNonFinite(part, cancellation));
        long needed = network.Parameters * sizeof(float);
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (problems.Count == 0 && needed > available * LoadedShare)
        {
            // Keys, shapes and values are checked; building the network once more would only push this machine into swap.
            notes.Add($"not built: {needed >> 20} MiB in float32, this machine has {available >> 20}");
        }
        else if (problems.Count == 0)
        {
            ModelNetworks.Load(part.Architecture, part.Folder).Dispose();
        }
    }

    /// <summary>Every component that the index names must be a folder; null stands for one that was left out on purpose.</summary>
    private static void CheckPipeline(ModelPart part, List<string> problems)
    {
        ModelConfig index = ModelConfig.Read(Path.Combine(part.Folder, "model_index.json"));
        foreach ((string name, System.Text.Json.JsonElement value) in index.Entries)
        {
            bool named = value.ValueKind == System.Text.Json.JsonValueKind.Array && value.GetArrayLength() == 2
                && value[1].ValueKind == System.Text.Json.JsonValueKind.String;
            if (named && !Directory.Exists(Path.Combine(part.Folder, Path.GetFileName(name))))
            {
                problems.Add($"model_index.json names {name} ({value[1].GetString()}), which is not there");
            }
        }
    }
}
