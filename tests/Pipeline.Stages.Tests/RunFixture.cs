using System.Text;
using Pipeline.Contracts.Jobs;
using Pipeline.Ledger;
using Pipeline.Stages.Core;
using Pipeline.Stages.Embedded;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.TestKit;

namespace Pipeline.Stages.Tests;

/// <summary>Pictures, a manifest and folders for embedded runs.</summary>
internal sealed class RunFixture : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<string> lines = [];

    public string Root => folder.Path;

    public string State => folder.File("state");

    public string Output { get; set; } = "out";

    public string OutputFolder => folder.File(Output);

    public string Metadata => File.ReadAllText(Path.Combine(OutputFolder, "metadata.jsonl"));

    public string[] MetadataLines => File.ReadAllLines(Path.Combine(OutputFolder, "metadata.jsonl"));

    public static string Emotions(params string[] emotions) => string.Join(",", emotions.Select(e => $"\"{e}\""));

    public void Add(string id, string content, string emotions = "\"joy\",\"fear\",\"anger\"", string more = "")
    {
        File.WriteAllText(folder.File($"{id}.bin"), content);
        AddLine($$"""{"id":"{{id}}","image":"{{id}}.bin","emotions":[{{emotions}}]{{more}}}""");
    }

    public void AddLine(string line) => lines.Add(line);

    public void RemoveLast() => lines.RemoveAt(lines.Count - 1);

    public void AddPictures(int count, string emotions = "\"joy\",\"fear\",\"anger\"")
    {
        for (int i = 0; i < count; i++)
        {
            Add($"p{i}", $"picture {i}", emotions);
        }
    }

    public void SaveManifest() => File.WriteAllLines(folder.File("manifest.jsonl"), lines);

    public EmbeddedRunOptions Options() => new()
    {
        OpenManifest = () => new MemoryStream(Encoding.UTF8.GetBytes(string.Join("\n", lines))),
        Sources = new FileSourceReader(Root),
        OutputFolder = OutputFolder,
        StateFolder = State,
        FlushToDisk = false,
        Retry = new RetryPolicy { Delays = [.. Enumerable.Repeat(TimeSpan.FromMilliseconds(30), 4)] },
        IoRetry = new IoRetry { FirstDelay = TimeSpan.FromMilliseconds(1) },
        ProgressInterval = TimeSpan.FromMilliseconds(20),
        Defaults = new JobDefaults(),
    };

    public Task<RunSummary> Run(FakeStages stages, Func<EmbeddedRunOptions, EmbeddedRunOptions>? change = null, IProgress<RunEvent>? events = null, CancellationToken drain = default, CancellationToken stop = default) =>
        new EmbeddedRun(change is null ? Options() : change(Options()), stages.Runners).RunAsync(events, drain, stop);

    /// <summary>Digest of every file of the data set that must be the same for every run.</summary>
    public SortedDictionary<string, string> DataSet() => DigestsOf(OutputFolder);

    /// <summary>Digest of every file of a folder except for the list of times and machines.</summary>
    public static SortedDictionary<string, string> DigestsOf(string folder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(p => Path.GetFileName(p) != "provenance.jsonl"))
        {
            files[Path.GetRelativePath(folder, path)] = Contracts.Artefacts.Sha256Digest.Of(File.ReadAllBytes(path));
        }

        return files;
    }

    public void Dispose() => folder.Dispose();
}
