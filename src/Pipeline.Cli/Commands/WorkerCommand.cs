using System.CommandLine;
using Pipeline.Cli.Cluster;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe worker</c>: works on messages of some stages until it is told to end. As many of them as there are devices; each may be killed at any moment.</summary>
internal static class WorkerCommand
{
    private const int LongestName = 100;

    private static readonly ConnectionOptions Connections = new ConnectionOptions().Broker().Store();
    private static readonly Option<string> Stages = new("--stages") { Description = $"Stages to host, separated by commas, or 'all': {string.Join(", ", StageNames.All)}.", DefaultValueFactory = _ => "all" };
    private static readonly Option<string> Class = new("--class") { Description = "Queues to serve: both, express, bulk.", DefaultValueFactory = _ => "both" };
    private static readonly Option<string?> Models = new("--models") { Description = "Model directory (default: the environment's MOODPIPE_MODELS)." };
    private static readonly Option<string> Device = new("--device") { Description = "Device of the models: cpu, cuda, cuda:1, ...", DefaultValueFactory = _ => "cpu" };
    private static readonly Option<string?> Name = new("--name") { Description = "Name of the worker, unique in the cluster (default: machine and process)." };
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads of the tensor engine.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private static readonly Option<int> Batches = new("--batches-in-hand") { Description = "Batches of a queue in hand: one is read and one stored while one is computed.", DefaultValueFactory = _ => 3 };
    private static readonly Option<int> Drain = new("--drain-seconds") { Description = "Longest time to finish what is in hand after SIGTERM; keep the supervisor's patience above it.", DefaultValueFactory = _ => 110 };
    private static readonly Option<string?> Health = new("--health") { Description = "Address of the probes /health/started, /health/ready, /health/live, such as http://0.0.0.0:8080." };
    private static readonly Option<string?> DigestCache = new("--digest-cache") { Description = "File that remembers the digests of the models, so that a start does not read them all." };
    private static readonly Option<string[]> SourceRoots = new("--source-root") { Description = "Folder that source files may be read from, repeatable (default: every file that the process may read)." };

    public static Command Create()
    {
        Command command = new("worker", "Work on messages of some stages until told to end.") { Stages, Class, Models, Device, Name, Threads, Batches, Drain, Health, DigestCache, SourceRoots };
        Connections.AddTo(command);
        command.SetAction((parsed, _) => new WorkerSession(Read(parsed)).RunAsync());
        return HelpWithExamples.Describe(
            command,
            "moodpipe worker --stages invert,edit --models models --broker amqp://rabbit.example/moodpipe --store s3://artefacts/moodpipe",
            "moodpipe worker --config cluster.yaml --health http://0.0.0.0:8080");
    }

    private static WorkerRequest Read(ParseResult parsed)
    {
        string models = parsed.GetValue(Models) ?? Environment.GetEnvironmentVariable("MOODPIPE_MODELS") ?? throw CommandFailure.Usage("name the model directory with --models");
        Require(Directory.Exists(models), $"model directory {Path.GetFullPath(models)} does not exist");
        Require(parsed.GetValue(Threads) is >= 1 and <= 1024, "--threads must lie in 1..1024");
        Require(parsed.GetValue(Batches) is >= 1 and <= 16, "--batches-in-hand must lie in 1..16");
        Require(parsed.GetValue(Drain) is >= 1 and <= 86_400, "--drain-seconds must lie in 1..86400");
        string? name = parsed.GetValue(Name);
        Require(name is null || (name.Length is >= 1 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')),
            $"--name: 1 to {LongestName} letters, digits, dots, dashes, underscores");
        string[] roots = parsed.GetValue(SourceRoots) ?? [];
        return new WorkerRequest
        {
            Settings = Connections.Read(parsed),
            Stages = ReadStages(parsed.GetValue(Stages)!),
            Classes = ReadClasses(parsed.GetValue(Class)!),
            Models = models,
            Device = ReadDevice(parsed.GetValue(Device)!),
            Name = name,
            Threads = parsed.GetValue(Threads),
            BatchesInHand = parsed.GetValue(Batches),
            Drain = TimeSpan.FromSeconds(parsed.GetValue(Drain)),
            Health = parsed.GetValue(Health),
            DigestCache = parsed.GetValue(DigestCache),
            SourceRoots = roots.Length == 0 ? null : roots,
        };
    }

    private static IReadOnlyList<string> ReadStages(string text)
    {
        if (text == "all")
        {
            return StageNames.All;
        }

        string[] stages = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Require(stages.Length > 0, "--stages names no stage");
        string? unknown = stages.FirstOrDefault(s => !StageNames.All.Contains(s));
        Require(unknown is null, $"--stages: '{unknown}' is not a stage; stages are {string.Join(", ", StageNames.All)}");
        return [.. stages.Distinct()];
    }

    private static WorkClass[] ReadClasses(string text) => text switch
    {
        "both" => [WorkClass.Express, WorkClass.Bulk],
        "express" => [WorkClass.Express],
        "bulk" => [WorkClass.Bulk],
        _ => throw CommandFailure.Usage($"--class '{text}': write both, express or bulk"),
    };

    private static TorchSharp.torch.Device ReadDevice(string text)
    {
        try
        {
            return new TorchSharp.torch.Device(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw CommandFailure.Usage($"--device '{text}': write cpu, cuda or cuda:NUMBER");
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
