using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Cli.Run;
using Pipeline.Contracts.Jobs;
using Pipeline.Methods.Emotions;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe run</c>: the whole pipeline in this process, from pictures to edited, captioned and scored pictures.</summary>
internal static class RunCommand
{
    private static readonly string[] Formats = ["png", "webp", "jpeg"];

    private static readonly Argument<string[]> Pictures = new("PICTURES") { Description = "Pictures and folders of pictures.", Arity = ArgumentArity.ZeroOrMore };
    private static readonly Option<string?> Manifest = new("--manifest") { Description = "Job manifest (JSON lines): each picture with its own emotions, prompts, mask, parameters." };
    private static readonly Option<string?> Emotions = new("--emotions") { Description = "Emotions for the pictures, separated by commas; 'fear:0.6' sets an intensity in (0, 1]." };
    private static readonly Option<string?> Models = new("--models") { Description = "Model directory (default: the environment's MOODPIPE_MODELS)." };
    private static readonly Option<string?> Output = new("--out") { Description = "Folder of the results. The same command with the same folder continues where it stopped." };
    private static readonly Option<string> Method = new("--method") { Description = "Editing method.", DefaultValueFactory = _ => "moodifier" };
    private static readonly Option<int?> Steps = new("--steps") { Description = "Denoising steps (default: the method's own)." };
    private static readonly Option<string[]> Params = new("--param") { Description = "A parameter of the method as name=value, repeatable, such as guidanceTarget=2.5." };
    private static readonly Option<long> Seed = new("--seed") { Description = "Seed of all noise.", DefaultValueFactory = _ => 1234 };
    private static readonly Option<int> Variants = new("--variants") { Description = "Variants of each emotion, 1 to 64.", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> Format = new("--format") { Description = "Format of the edited pictures: png, webp, jpeg.", DefaultValueFactory = _ => "png" };
    private static readonly Option<int?> Limit = new("--limit") { Description = "Only the first so many pictures." };
    private static readonly Option<bool> RetryFailed = new("--retry-failed") { Description = "Try again what failed in an earlier run of this job." };
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads of the tensor engine.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would be done and what it would cost; change nothing." };
    private static readonly Option<bool> Json = new("--json") { Description = "Events as JSON, one object a line." };
    private static readonly Option<bool> Quiet = new("--quiet") { Description = "Only problems." };

    public static Command Create()
    {
        Command command = new("run", "Edit pictures towards emotions, caption and score them; resumable.")
        {
            Pictures, Manifest, Emotions, Models, Output, Method, Steps, Params, Seed, Variants, Format, Limit, RetryFailed, Threads, DryRun, Json, Quiet,
        };
        command.SetAction((parsed, _) => new RunSession(Read(parsed)).RunAsync());
        return HelpWithExamples.Describe(
            command,
            "moodpipe run photos/ --emotions joy,sadness --models models --out out",
            "moodpipe run --manifest job.jsonl --models models --out out --dry-run");
    }

    private static RunRequest Read(ParseResult parsed)
    {
        string[] pictures = parsed.GetValue(Pictures) ?? [];
        string? manifest = parsed.GetValue(Manifest);
        string? emotions = parsed.GetValue(Emotions);
        Require(manifest is null || pictures.Length == 0, "name pictures or a --manifest, not both");
        Require(manifest is not null || pictures.Length > 0, "name pictures or a --manifest (see moodpipe run --help)");
        Require(manifest is not null || emotions is not null, "name --emotions, such as --emotions joy,sadness");
        Require(manifest is null || emotions is null, "the manifest names the emotions of each picture: leave --emotions out");
        string models = parsed.GetValue(Models) ?? Environment.GetEnvironmentVariable("MOODPIPE_MODELS")
            ?? throw CommandFailure.Usage("name the model directory with --models");
        Require(Directory.Exists(models), $"model directory {Path.GetFullPath(models)} does not exist");
        string format = parsed.GetValue(Format)!;
        Require(Formats.Contains(format), $"unknown --format '{format}': {string.Join(", ", Formats)} exist");
        Require(parsed.GetValue(Variants) is >= 1 and <= 64, "--variants must lie in 1..64");
        Require(parsed.GetValue(Limit) is null or > 0, "--limit must be at least 1");
        Require(parsed.GetValue(Threads) is >= 1 and <= 1024, "--threads must lie in 1..1024");
        return new RunRequest
        {
            Pictures = pictures,
            Manifest = manifest,
            Emotions = emotions is null ? [] : ReadEmotions(emotions),
            Models = models,
            Output = parsed.GetValue(Output) ?? throw CommandFailure.Usage("name the folder of the results with --out"),
            Method = parsed.GetValue(Method)!,
            Params = ReadParams(parsed.GetValue(Params) ?? [], parsed.GetValue(Steps)),
            Seed = parsed.GetValue(Seed),
            Variants = parsed.GetValue(Variants),
            Format = format,
            Limit = parsed.GetValue(Limit),
            RetryFailed = parsed.GetValue(RetryFailed),
            Threads = parsed.GetValue(Threads),
            DryRun = parsed.GetValue(DryRun),
            Json = parsed.GetValue(Json),
            Quiet = parsed.GetValue(Quiet),
        };
    }

    /// <summary>Reads a list such as <c>joy,fear:0.6</c>.</summary>
    internal static IReadOnlyList<EmotionRequest> ReadEmotions(string text) => [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ReadEmotion)];

    private static EmotionRequest ReadEmotion(string text)
    {
        string[] parts = text.Split(':');
        double intensity = 1;
        Require(parts.Length == 1 || (parts.Length == 2 && double.TryParse(parts[1], out intensity) && intensity is > 0 and <= 1),
            $"'{text}': write an emotion as name or name:intensity with an intensity in (0, 1]");
        try
        {
            EmotionTaxonomy.Resolve(parts[0]);
        }
        catch (EmotionException e)
        {
            throw CommandFailure.Usage(e.Message);
        }

        return new EmotionRequest { Emotion = parts[0], Intensity = intensity };
    }

    /// <summary>Reads parameters such as <c>guidanceTarget=2.5</c>.</summary>
    internal static JsonObject ReadParams(string[] given, int? steps)
    {
        JsonObject all = [];
        foreach (string text in given)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            Require(equals > 0, $"--param {text}: write name=value");
            all[text[..equals]] = Value(text[(equals + 1)..]);
        }

        if (steps is { } number)
        {
            all["steps"] = number;
        }

        return all;
    }

    // Numbers, booleans and quoted texts as JSON has them; anything else is a text.
    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw CommandFailure.Usage(message);
        }
    }
}
