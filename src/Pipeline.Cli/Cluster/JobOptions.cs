using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
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
    private readonly Option<string?> source = new("--source") { Description = "A folder or s3://BUCKET/PREFIX that the coordinator lists itself, as it and the workers see it; an s3:// address may also stand alone as PICTURES." };
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
        foreach (Option option in new Option[] { manifest, emotions, source, sourceBase, method, steps, parameters, seed, variants, format, limit })
        {
            command.Add(option);
        }
    }

    /// <exception cref="CommandFailure">The options do not fit together.</exception>
    public JobInput Read(ParseResult parsed)
    {
        string[] named = parsed.GetValue(pictures) ?? [];
        string? place = parsed.GetValue(source) ?? (named is [var only] && only.StartsWith("s3://", StringComparison.OrdinalIgnoreCase) ? only : null);
        named = place is null || parsed.GetValue(source) is not null ? named : [];
        string? path = parsed.GetValue(manifest);
        string? wanted = parsed.GetValue(emotions);
        Require(new[] { path is not null, named.Length > 0, place is not null }.Count(given => given) == 1, "name pictures, a --manifest or a --source, one of them");
        Require(!named.Any(n => n.Contains("://", StringComparison.Ordinal)), "name one s3:// address, alone, or write a manifest");
        Require(path is null == wanted is not null, path is null ? "name --emotions, such as --emotions joy,sadness" : "the manifest names the emotions of each picture: leave --emotions out");
        Require(Formats.Contains(parsed.GetValue(format)), $"unknown --format '{parsed.GetValue(format)}': {string.Join(", ", Formats)} exist");
        Require(place is null || parsed.GetValue(sourceBase) is null, "--source-base is for manifests: pictures that are listed have whole addresses");
        IReadOnlyList<EmotionRequest> emotionList = wanted is null ? [] : RunCommand.ReadEmotions(wanted);
        JsonObject settings = RunCommand.ReadParams(parsed.GetValue(parameters) ?? [], parsed.GetValue(steps));
        // The same defaults as an embedded run's, so that both make the same data set.
        var defaults = new JobDefaults
        {
            Method = parsed.GetValue(method)!, Seed = parsed.GetValue(seed), Variants = parsed.GetValue(variants), Format = parsed.GetValue(format)!,
            Params = settings.Count == 0 ? null : JsonSerializer.SerializeToElement(settings), Keep = ["mask"],
        };
        if (place is not null)
        {
            return new JobInput(null, null, defaults, parsed.GetValue(limit)) { Source = place, Emotions = wanted };
        }

        string? start = parsed.GetValue(sourceBase) ?? (path is null ? null : Path.GetDirectoryName(Path.GetFullPath(path)));
        return new JobInput(Opener(path, named, emotionList), start, defaults, parsed.GetValue(limit));
    }

    private static Func<Stream> Opener(string? manifest, string[] named, IReadOnlyList<EmotionRequest> emotions)
    {
        // A folder may have any number of pictures: its lines are made while they are sent.
        if (named is [var folder] && Directory.Exists(folder))
        {
            PictureSources.RequirePictures(folder);
            return () => new LineStream(PictureSources.LinesAsync(folder, emotions));
        }

        return JobManifestSource.Of(new RunRequest { Pictures = named, Manifest = manifest, Emotions = emotions, Models = "", Output = "", Method = "" }).Open;
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw CommandFailure.Usage(message);
        }
    }
}
