using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Cli.Run;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Evaluation.Suites;
using Pipeline.Methods.Emotions;
using Pipeline.Stages.Sources;

namespace Pipeline.Cli.Eval;

/// <summary>The cases of an evaluation and the folder that their paths start from.</summary>
/// <param name="Name">Name in reports.</param>
/// <param name="Folder">Folder of the suite's file.</param>
/// <param name="Cases">Cases, in order; ids are unique.</param>
internal sealed record EvalSuite(string Name, string Folder, IReadOnlyList<SuiteCase> Cases)
{
    /// <summary>Label of a manifest line: path of the picture as it should become.</summary>
    public const string TruthLabel = "truth";

    /// <summary>Label of a manifest line: path of the region that the edit may change, for the scores.</summary>
    public const string RegionLabel = "region";

    /// <summary>Label of a manifest line: kind of edit.</summary>
    public const string CategoryLabel = "category";

    /// <summary>Label of a manifest line: classes that a judge should see in the result (with <c>!</c>: should not see), separated by semicolons.</summary>
    public const string ExpectedLabel = "expected";

    private const long MaxBytes = 256L << 20;

    private static readonly string[] s_files = ["mapping_file.json", "manifest.jsonl"];

    /// <summary>Reads a suite: PIE-Bench's mapping file (.json), StyleDiffusion's list (.csv), a job manifest (.jsonl), or a folder that holds one of them.</summary>
    /// <exception cref="CommandFailure">It cannot be read; names file, place and remedy.</exception>
    public static async Task<EvalSuite> OpenAsync(string path)
    {
        string file = Locate(Path.GetFullPath(path));
        try
        {
            if (new FileInfo(file).Length > MaxBytes)
            {
                throw new SuiteException($"larger than {MaxBytes >> 20} MiB");
            }

            IReadOnlyList<SuiteCase> cases = Path.GetExtension(file) switch
            {
                ".json" => PieBenchSuite.Read(await File.ReadAllBytesAsync(file).ConfigureAwait(false)),
                ".csv" => StyleDiffusionSuite.Read(await File.ReadAllTextAsync(file).ConfigureAwait(false)),
                _ => await ReadManifestAsync(file).ConfigureAwait(false),
            };
            string? twice = cases.GroupBy(c => c.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
            return cases.Count == 0 ? throw new SuiteException("has no case")
                : twice is not null ? throw new SuiteException($"case '{twice}' comes twice")
                : new EvalSuite(Path.GetFileName(Path.GetDirectoryName(file)!), Path.GetDirectoryName(file)!, cases);
        }
        catch (Exception error) when (error is SuiteException or IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.Usage($"{file}: {error.Message}");
        }
    }

    /// <summary>The suite as the job of one method.</summary>
    /// <param name="variant">The method.</param>
    /// <param name="reconstruct">Ask for the picture as it is.</param>
    /// <param name="limit">Only the first so many cases.</param>
    public JobManifestSource Job(MethodVariant variant, bool reconstruct, int? limit)
    {
        using MemoryStream lines = new();
        foreach (SuiteCase item in Cases.Take(limit ?? int.MaxValue))
        {
            lines.Write(ContractJson.Serialize(Line(item, variant, reconstruct)));
            lines.WriteByte((byte)'\n');
        }

        byte[] bytes = lines.ToArray();
        return new JobManifestSource(() => new MemoryStream(bytes, writable: false), new FileSourceReader(Folder));
    }

    private static JobLine Line(SuiteCase item, MethodVariant variant, bool reconstruct)
    {
        JsonObject parameters = (JsonObject)variant.Params.DeepClone();
        foreach ((string name, JsonNode? value) in item.Parameters.GetValueOrDefault(variant.Method) ?? [])
        {
            parameters.TryAdd(name, value?.DeepClone());
        }

        return new JobLine
        {
            Id = item.Id,
            Image = item.Image,
            Emotions = [new EmotionRequest { Emotion = item.Emotion ?? EmotionTaxonomy.None.Noun }],
            SourcePrompt = item.SourcePrompt,
            Prompt = reconstruct ? item.SourcePrompt : item.TargetPrompt,
            Stimuli = item.Words is { } words && !reconstruct ? Stimulus(words) : null,
            Params = parameters.Count == 0 ? null : ContractJson.ToElement(parameters),
        };
    }

    private static JsonElement Stimulus((string Source, string Target) words) => ContractJson.ToElement(new JsonArray(new JsonObject
    {
        ["source_phrase"] = words.Source, ["target_phrase"] = words.Target, ["importance"] = 10, ["action"] = "change",
    }));

    private static string Locate(string path) =>
        File.Exists(path) ? path
        : !Directory.Exists(path) ? throw CommandFailure.Usage($"suite {path} does not exist")
        : s_files.Select(f => Path.Combine(path, f)).Concat(Directory.EnumerateFiles(path, "*.csv").Order(StringComparer.Ordinal)).FirstOrDefault(File.Exists)
            ?? throw CommandFailure.Usage($"{path}: holds no suite: {string.Join(", ", s_files)} or a .csv file is expected");

    private static async Task<IReadOnlyList<SuiteCase>> ReadManifestAsync(string file)
    {
        List<SuiteCase> cases = [];
        await using FileStream lines = File.OpenRead(file);
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(lines).ConfigureAwait(false))
        {
            JobLine job = line.Value ?? throw new SuiteException(string.Join("; ", line.Errors));
            foreach (EmotionRequest emotion in job.Emotions)
            {
                cases.Add(Case(job, emotion.Emotion, job.Emotions.Count > 1));
            }
        }

        return cases;
    }

    private static SuiteCase Case(JobLine job, string emotion, bool several)
    {
        IReadOnlyDictionary<string, string> labels = job.Labels ?? new Dictionary<string, string>();
        string? region = labels.GetValueOrDefault(RegionLabel);
        return new SuiteCase
        {
            Id = several ? $"{job.Id}.{emotion}" : job.Id,
            Image = job.Image,
            Category = labels.GetValueOrDefault(CategoryLabel) ?? (EmotionTaxonomy.IsNone(emotion) ? "" : emotion),
            SourcePrompt = job.SourcePrompt,
            TargetPrompt = job.Prompt,
            Emotion = EmotionTaxonomy.IsNone(emotion) ? null : emotion,
            Words = Words(job.Stimuli),
            Mask = region is null ? null : new SuiteMask(null, region),
            Truth = labels.GetValueOrDefault(TruthLabel),
            Expected = labels.GetValueOrDefault(ExpectedLabel)?.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
        };
    }

    private static (string, string)? Words(JsonElement? stimuli) =>
        stimuli is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0 && list[0].ValueKind == JsonValueKind.Object
            && list[0].TryGetProperty("source_phrase", out JsonElement source) && list[0].TryGetProperty("target_phrase", out JsonElement target)
            ? (source.ToString(), target.ToString())
            : null;
}
