using System.CommandLine;
using System.Text.Json;
using Pipeline.Cli.Commands;
using Pipeline.Cli.Run;
using Pipeline.Contracts.Jobs;

namespace Pipeline.Cli.Cluster;

/// <summary>The options that say what a job is about: the same as those of <c>moodpipe run</c>.</summary>
internal sealed class JobOptions
{
    private static readonly string[] Formats = ["png", "webp", "jpeg"];
    private readonly Argument<string[]> pictures = new("PICTURES") { Description = "Pictures and folders of pictures, which the workers must be able to read.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> manifest = new("--manifest") { Description = "Job manifest (JSON lines); it is sent to the coordinator." };
    private readonly Option<string?> emotions = new("--emotions") { Description = "Emotions for the pictures, separated by commas; 'fear:0.6' sets an intensity in (0, 1]." };
    private readonly Option<string?> sourceBase = new("--source-base") { Description = "Where relative addresses in the manifest start: a folder or s3://BUCKET/PREFIX (default: the manifest's folder)." };
    private readonly Option<string> method = new("--method") { Description = "Editing method.", DefaultValueFactory = _ => "moodifier" };
    private readonly Option<int?> steps = new("--steps") { Description = "Denoising steps (default: the method's own)." };
    private readonly Option<string[]> parameters = new("--param") { Description = "A parameter of the method as name=value, repeatable." };
    private readonly Option<long> seed = new("--seed") { Description = "Seed of all noise.", DefaultValueFactory = _ => 1234 };
    private readonly Option<int> variants = new("--variants") { Description = "Variants of each emotion, 1 to 64.", DefaultValueFactory = _ => 1 };
    private readonly Option<string> format = new("--format") { Description = "Format of the edited pictures: png, webp, jpeg.", DefaultValueFactory = _ => "png" };
    private readonly Option<int?> limit = new("--limit") { Description = "Only the first so many pictures." };

    public void AddTo(Command command)
    {
        command.Add(pictures);
        foreach (Option option in new Option[] { manifest, emotions, sourceBase, method, steps, parameters, seed, variants, format, limit })
        {
            command.Add(option);
        }
    }

    /// <exception cref="CommandFailure">The options do not fit together.</exception>
    public JobInput Read(ParseResult parsed)
    {
        string[] named = parsed.GetValue(pictures) ?? [];
        string? path = parsed.GetValue(manifest);
        string? wanted = parsed.GetValue(emotions);
        Require(path is null != (named.Length == 0), "name pictures or a --manifest, one of them");
        Require(path is null == wanted is not null, path is null ? "name --emotions, such as --emotions joy,sadness" : "the manifest names the emotions of each picture: leave --emotions out");
        Require(Formats.Contains(parsed.GetValue(format)), $"unknown --format '{parsed.GetValue(format)}': {string.Join(", ", Formats)} exist");
        var request = new RunRequest
        {
            Pictures = named, Manifest = path, Emotions = wanted is null ? [] : RunCommand.ReadEmotions(wanted), Models = "", Output = "", Method = parsed.GetValue(method)!,
            Params = RunCommand.ReadParams(parsed.GetValue(parameters) ?? [], parsed.GetValue(steps)),
        };
        JobManifestSource source = JobManifestSource.Of(request);
        // The same defaults as an embedded run's, so that both make the same data set.
        var defaults = new JobDefaults
        {
            Method = request.Method, Seed = parsed.GetValue(seed), Variants = parsed.GetValue(variants), Format = parsed.GetValue(format)!,
            Params = request.Params.Count == 0 ? null : JsonSerializer.SerializeToElement(request.Params), Keep = ["mask"],
        };
        return new JobInput(source.Open, parsed.GetValue(sourceBase) ?? (path is null ? null : Path.GetDirectoryName(Path.GetFullPath(path))), defaults, parsed.GetValue(limit));
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw CommandFailure.Usage(message);
        }
    }
}
