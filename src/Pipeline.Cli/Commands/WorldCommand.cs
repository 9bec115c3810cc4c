using System.CommandLine;
using System.Diagnostics;
using Pipeline.Training.World;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe world</c>: the procedural picture world that the tiny model family is trained and judged on.</summary>
internal static class WorldCommand
{
    public static Command Create()
    {
        Option<int> count = new("--count") { Description = "Number of scenes.", DefaultValueFactory = _ => 100 };
        Option<DirectoryInfo> output = new("--out") { Description = "Folder to write.", Required = true };
        Option<long> seed = new("--seed") { Description = "Seed of the first scene; the others follow.", DefaultValueFactory = _ => 0 };
        Command render = new("render", "Render scenes with captions, masks, boxes and a job manifest.") { count, output, seed };
        render.SetAction(parsed => Render(parsed.GetRequiredValue(output).FullName, parsed.GetValue(seed), parsed.GetValue(count)));
        HelpWithExamples.Describe(render, "moodpipe world render --count 1000 --out world", "moodpipe world render --count 200 --seed 900000000 --out held-out");
        return new Command("world", "The procedural picture world.") { render };
    }

    private static int Render(string folder, long seed, int count)
    {
        if (count < 1 || seed < 0)
        {
            throw CommandFailure.Usage("--count must be at least 1 and --seed at least 0");
        }

        long start = Stopwatch.GetTimestamp();
        WorldFolder.Write(folder, (ulong)seed, count);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Console.Out.WriteLine($"{count} scenes in {folder} ({elapsed.TotalMilliseconds / count:0.0} ms each).");
        return ExitCodes.Done;
    }
}
