using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Pipeline.Cli.Commands;
using Pipeline.TestKit;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Family;

namespace Pipeline.Cli.Tests;

public sealed class TrainCommandTests(TrainedBases bases) : IClassFixture<TrainedBases>
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    public static TheoryData<string> Systems => [.. Trainers.All.Select(t => t.System)];

    [Theory]
    [MemberData(nameof(Systems))]
    public async Task Every_trainers_smoke_run_lowers_its_loss_and_has_the_same_weights_after_a_termination(string system)
    {
        using TemporaryFolder folder = new();
        string whole = folder.File("whole"), parts = folder.File("parts");
        string[] train = ["train", system, .. bases.Of(system)];
        MoodpipeProcess.Outcome undisturbed = await MoodpipeProcess.RunAsync(s_limit, [.. train, "--smoke", "--out", whole]);
        Assert.True(undisturbed.ExitCode == 0, undisturbed.ToString());                         // 4 where the loss did not fall by the trainer's margin
        Assert.Contains("Smoke: loss", undisturbed.Output, StringComparison.Ordinal);
        Assert.Contains("<polyline", File.ReadAllText(Path.Combine(whole, "losses.svg")), StringComparison.Ordinal);

        // SIGTERM: the step is finished and saved, and the process ends well.
        Assert.Equal(0, await StopAsync("-TERM", 5, [.. train, "--smoke", "--out", parts]));
        string[] saved = Directory.GetDirectories(Path.Combine(parts, "checkpoints")); // more than one where a machine is fast
        Assert.NotEmpty(saved);
        Assert.All(saved, checkpoint => Assert.True(File.Exists(Path.Combine(checkpoint, "COMPLETE")), checkpoint));
        Assert.False(Directory.Exists(Path.Combine(parts, "model")));
        MoodpipeProcess.Outcome resumed = await MoodpipeProcess.RunAsync(s_limit, [.. train, "--resume", "--out", parts]);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        AssertSame(whole, parts);
    }

    [Fact]
    public async Task Training_that_was_killed_ends_with_the_weights_of_an_undisturbed_one()
    {
        using TemporaryFolder folder = new();
        string whole = folder.File("whole"), parts = folder.File("parts");
        MoodpipeProcess.Outcome undisturbed = await MoodpipeProcess.RunAsync(s_limit, "train", "vae", "--smoke", "--out", whole);
        Assert.True(undisturbed.ExitCode == 0, undisturbed.ToString());
        Assert.Equal(0, await StopAsync("-TERM", 5, "train", "vae", "--smoke", "--out", parts));

        // SIGKILL: steps after the last checkpoint are lost and computed again.
        Assert.NotEqual(0, await StopAsync("-KILL", Rows(parts) + 3, "train", "vae", "--resume", "--out", parts));
        MoodpipeProcess.Outcome resumed = await MoodpipeProcess.RunAsync(s_limit, "train", "vae", "--resume", "--out", parts);
        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        AssertSame(whole, parts);
    }

    /// <summary>The weights carry the configuration as metadata and nothing of the way there, so even the files are the same bytes.</summary>
    private static void AssertSame(string whole, string parts)
    {
        string[] weights = [.. Directory.EnumerateFiles(Path.Combine(whole, "model"), "*.safetensors", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(whole, f))];
        Assert.NotEmpty(weights);
        Assert.All([.. weights, "losses.csv"], f => Assert.Equal(File.ReadAllBytes(Path.Combine(whole, f)), File.ReadAllBytes(Path.Combine(parts, f))));
    }

    [Fact]
    public void A_precision_is_named_in_the_runs_configuration_and_refused_where_the_device_lacks_it()
    {
        using TemporaryFolder folder = new();
        string[] run = ["vae", "--config", Written(folder), "--out"];
        Assert.Equal((ExitCodes.Done, ""), Outcome([.. run, folder.File("run"), "--precision", "bfloat16"]));
        Assert.Contains("\"precision\": \"bfloat16\"", File.ReadAllText(folder.File("run", "run.json")), StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Done, ""), Outcome(["vae", "--resume", "--out", folder.File("run")]));
        foreach ((string name, string message) in new[] { ("float16", "take bfloat16 or single"), ("int8", "must be single") })
        {
            foreach (string[] command in new string[][] { run, ["family", "--smoke", "--out"] })
            {
                (int code, string output) = CommandLine.Run(TrainCommand.Create(), [.. command, folder.File("other"), "--precision", name]);
                Assert.Equal(ExitCodes.Usage, code);
                Assert.Contains(message, output, StringComparison.Ordinal);
            }
        }

        Assert.False(Directory.Exists(folder.File("other")));
    }

    [Fact]
    public async Task Two_processes_train_the_weights_of_one_stop_together_and_go_on()
    {
        using TemporaryFolder folder = new();
        string whole = folder.File("whole"), parts = folder.File("parts"), config = folder.File("two.json");
        File.WriteAllText(config, (AutoencoderRecipes.Smoke with { Steps = 14, Shards = 2, MicroBatch = 2, CheckpointEvery = 7 }).ToJson());
        MoodpipeProcess.Outcome single = await MoodpipeProcess.RunAsync(s_limit, "train", "vae", "--config", config, "--out", whole);
        Assert.True(single.ExitCode == 0, single.ToString());

        string place = $"127.0.0.1:{FreePort()}";
        string[] Rank(int rank, params string[] more) => ["train", "vae", "--rank", $"{rank}", "--world-size", "2", "--rendezvous", place, .. more, "--out", parts];
        Task<MoodpipeProcess.Outcome> leader = MoodpipeProcess.RunAsync(s_limit, Rank(0, "--config", config));
        Assert.Equal(0, await StopAsync("-TERM", 3, Rank(1, "--config", config)));
        Assert.True((await leader).ExitCode == 0, (await leader).ToString());                   // the other process was told to stop, and both did
        Assert.InRange(Rows(parts), 4, 14);

        Task<MoodpipeProcess.Outcome>[] rest = [MoodpipeProcess.RunAsync(s_limit, Rank(1, "--resume")), MoodpipeProcess.RunAsync(s_limit, Rank(0, "--resume"))];
        Assert.All(await Task.WhenAll(rest), o => Assert.True(o.ExitCode == 0, o.ToString()));
        foreach (string file in new[] { "losses.csv", "model/diffusion_pytorch_model.safetensors" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(parts, file)));
        }
    }

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    [Fact]
    public void Ranks_are_given_whole_or_not_at_all()
    {
        (int code, string message) = CommandLine.Run(TrainCommand.Create(), "vae", "--smoke", "--rank", "0", "--out", "nowhere");
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("all three", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists("nowhere"));
    }

    [Fact]
    public void A_wrong_configuration_names_the_file_and_the_key()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("run.json");
        File.WriteAllText(path, """{"system": "vae", "steps": 0, "batch": 1, "optimiser": {"rate": 0.1}, "model": {}}""");
        (int code, string message) = CommandLine.Run(TrainCommand.Create(), "vae", "--config", path, "--out", folder.File("out"));
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains(path + ": steps", message, StringComparison.Ordinal);

        File.WriteAllText(path, """{"system": "vae", "stepz": 1, "steps": 1, "batch": 1, "optimiser": {"rate": 0.1}, "model": {}}""");
        Assert.Contains("stepz", CommandLine.Run(TrainCommand.Create(), "vae", "--config", path, "--out", folder.File("out")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_the_world_is_trained_on_and_resumed_from_another_place_without_naming_it_again()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(ExitCodes.Done, CommandLine.Run(WorldCommand.Create(), "render", "--count", "60", "--out", folder.File("world")).Code);
        string[] run = ["vae", "--out", folder.File("run"), "--readers", "2"];
        Assert.Equal((ExitCodes.Done, ""), Outcome([.. run, "--config", Written(folder), "--data", folder.File("world", "metadata.jsonl")]));
        Assert.Contains("metadata.jsonl", File.ReadAllText(folder.File("run", "run.json")), StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Done, ""), Outcome([.. run, "--resume"]));

        (int code, string message) = CommandLine.Run(TrainCommand.Create(), "judge", "--smoke", "--out", folder.File("judge"), "--data", folder.File("world", "metadata.jsonl"));
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("only scenes", message, StringComparison.Ordinal);
        (code, message) = CommandLine.Run(TrainCommand.Create(), "vae", "--smoke", "--out", folder.File("none"), "--data", folder.File("nowhere.jsonl"));
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("nowhere.jsonl", message, StringComparison.Ordinal);
    }

    private static string Written(TemporaryFolder folder)
    {
        File.WriteAllText(folder.File("short.json"), (AutoencoderRecipes.Smoke with { Steps = 3, Batch = 2 }).ToJson());
        return folder.File("short.json");
    }

    /// <summary>Exit code, and what was printed where it is no success.</summary>
    private static (int Code, string Message) Outcome(string[] arguments)
    {
        (int code, string output) = CommandLine.Run(TrainCommand.Create(), arguments);
        return (code, code == ExitCodes.Done ? "" : output);
    }

    [Fact]
    public void Help_of_a_trainer_over_others_says_what_its_smoke_run_needs()
    {
        string? Smoke(string system) => TrainCommand.Create().Subcommands.Single(c => c.Name == system).Options.Single(o => o.Name == "--smoke").Description;
        Assert.Contains("with --base vae=DIR --base clip=DIR", Smoke("diffusion"), StringComparison.Ordinal);
        Assert.Contains("with --base vae=DIR)", Smoke("vae-decoder"), StringComparison.Ordinal);
        Assert.DoesNotContain("--base", Smoke("vae"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_refused_before_anything_is_written()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(ExitCodes.Usage, CommandLine.Run(TrainCommand.Create(), "judge", "--smoke", "--device", "abacus", "--out", folder.File("out")).Code);
        if (!TorchSharp.torch.cuda.is_available())
        {
            (int code, string message) = CommandLine.Run(TrainCommand.Create(), "judge", "--smoke", "--device", "cuda", "--out", folder.File("out"));
            Assert.Equal(ExitCodes.Environment, code);
            Assert.Contains("no CUDA device", message, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(folder.File("out")));
    }

    /// <summary>Starts the command, sends a signal when the log has that many rows, and gives the exit code.</summary>
    private static async Task<int> StopAsync(string signal, int rows, params string[] arguments)
    {
        using CancellationTokenSource timeout = new(s_limit);
        using Process process = MoodpipeProcess.Start(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync(timeout.Token);
        while (Rows(arguments[^1]) < rows)
        {
            Assert.False(process.HasExited && Rows(arguments[^1]) < rows, "ended before its signal");
            await Task.Delay(20, timeout.Token);
        }

        using Process kill = Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync(timeout.Token);
        _ = await error;
        return process.ExitCode;
    }

    private static int Rows(string run)
    {
        string path = Path.Combine(run, "losses.csv");
        if (!File.Exists(path))
        {
            return 0;
        }

        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd().Count(c => c == '\n');
    }
}
