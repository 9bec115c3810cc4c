using System.Text;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Tests.Fakes;

namespace Pipeline.Cluster.Tests;

/// <summary>The oracle: what must be true at the end of a job.</summary>
internal sealed partial class ClusterHarness
{
    private (SortedDictionary<string, string> Files, int Units)? undisturbed;

    /// <summary>Published manifests of units: the commit points.</summary>
    public int Manifests => Store.Keys.Count(k => k.Contains("/cas/", StringComparison.Ordinal) && !k.Contains("/cas/settings/", StringComparison.Ordinal));

    /// <summary>Digests of all outputs of published manifests.</summary>
    public async Task<HashSet<string>> PublishedAsync() => [.. (await StageManifestsAsync()).SelectMany(m => m.Outputs.Values.Select(b => b.Sha256))];

    /// <summary>Digests of one output of a stage, ordered.</summary>
    public async Task<IReadOnlyList<string>> OutputsAsync(string stage, string output) =>
        [.. (await StageManifestsAsync()).Where(m => m.Stage == stage).Select(m => m.Outputs[output].Sha256).Order(StringComparer.Ordinal)];

    /// <summary>Units that workers have begun and finished computing.</summary>
    public (long Begun, long Ended) Computed => (Sum("begin"), Sum("end"));

    /// <summary>
    /// The oracle: every item ended well with the outcomes of all stages, the counters say so, and the data set is byte for byte what a run without any fault makes.
    /// </summary>
    /// <param name="extra">Most units that may have been computed again.</param>
    /// <param name="job">The job.</param>
    public async Task CheckAsync(long extra, string job = JobId)
    {
        JobProgress progress = await Ledger.ProgressAsync(job, default);
        Assert.Equal((Items, 0), (progress.Count(ItemState.Done), progress.Open));
        Assert.All(StageNames.All, stage => Assert.Equal(Items, progress.Count(stage, StageOutcome.Done) + progress.Count(stage, StageOutcome.Cached)));
        int items = 0;
        await foreach (ItemReport item in Ledger.ItemsAsync(job, default))
        {
            items++;
            foreach (string stage in StageNames.All)
            {
                Assert.NotNull(await Artefacts.TryReadManifestAsync(new ManifestKey(stage, item.Stages[stage].WorkKey!), default));
            }
        }

        Assert.Equal(Items, items);
        Assert.Equal(Units, Manifests);
        (SortedDictionary<string, string> expected, int units) = await UndisturbedAsync();
        Assert.Equal(expected, DataSet(folder.File("out", job)));
        Assert.InRange(Computed.Begun, units, units + extra);
    }

    /// <summary>The part of the oracle about all pictures but one: their files and their lines of the data set are those of an undisturbed run.</summary>
    public async Task CheckOthersAsync(string except)
    {
        SortedDictionary<string, string> expected = (await UndisturbedAsync()).Files;
        SortedDictionary<string, string> actual = DataSet(folder.File("out", JobId));
        Assert.Equal(expected.Where(IsOther), actual.Where(IsOther));
        Assert.Equal(Lines("undisturbed"), Lines("out", JobId));

        bool IsOther(KeyValuePair<string, string> file) => file.Key != "metadata.jsonl" && !file.Key.Contains(except, StringComparison.Ordinal);

        string[] Lines(params string[] place) => [.. File.ReadAllLines(folder.File([.. place, "metadata.jsonl"])).Where(l => !l.Contains($"\"{except}\"", StringComparison.Ordinal))];
    }

    /// <summary>Units that a run without faults computes.</summary>
    public int Units => options.Pictures * (1 + (4 * Emotions.Length)); // invert of the picture; prompt, edit, caption, score of each edit

    /// <summary>Lines of the job's metadata.</summary>
    public IReadOnlyList<ResultRecord> Metadata() => [.. File.ReadLines(folder.File("out", JobId, "metadata.jsonl")).Select(l => ContractJson.Deserialize<ResultRecord>(Encoding.UTF8.GetBytes(l)))];

    private long Sum(string what) => workers.Sum(w => w.Computations.Where(c => c[0] == what).Sum(c => long.Parse(c[2])));

    private async Task<List<StageManifest>> StageManifestsAsync()
    {
        var manifests = new List<StageManifest>();
        foreach (string[] parts in Store.Keys.Select(k => k.Split('/')).Where(k => k.Length == 5 && k[1] == "cas" && k[2] != "settings"))
        {
            // One that a stage withdrew meanwhile is no longer published.
            if (await Artefacts.TryReadManifestAsync(new ManifestKey(parts[2], Path.GetFileNameWithoutExtension(parts[4])), default) is { } manifest)
            {
                manifests.Add(ContractJson.Deserialize<StageManifest>(manifest));
            }
        }

        return manifests;
    }

    private async Task<(SortedDictionary<string, string> Files, int Units)> UndisturbedAsync()
    {
        if (undisturbed is { } known)
        {
            return known;
        }

        var stages = new FakeStages();
        var run = new EmbeddedRunOptions
        {
            OpenManifest = () => new MemoryStream(Encoding.UTF8.GetBytes(Manifest)), Sources = new FileSourceReader(folder.Path), OutputFolder = folder.File("undisturbed"), StateFolder = folder.File("state"),
            FlushToDisk = false, Defaults = new JobDefaults(),
        };
        await new EmbeddedRun(run, stages.Runners).RunAsync(null, default, default);
        undisturbed = (DataSet(folder.File("undisturbed")), stages.Computed);
        return undisturbed.Value;
    }

    private static SortedDictionary<string, string> DataSet(string root)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Where(p => Path.GetFileName(p) != "provenance.jsonl"))
        {
            files[Path.GetRelativePath(root, path)] = Sha256Digest.Of(File.ReadAllBytes(path));
        }

        return files;
    }
}
