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
        return new Command("world", "The procedural picture world.") { render, Pairs() };
    }

    private static Command Pairs()
    {
        Option<int> count = new("--count") { Description = "Number of scenes; each gives one edit of every kind.", DefaultValueFactory = _ => 100 };
        Option<string> kinds = new("--edits") { Description = $"Kinds of edits, separated by commas: {string.Join(", ", Enum.GetNames<EditKind>()).ToLowerInvariant()}.", DefaultValueFactory = _ => "emotion,object,colour" };
        Option<DirectoryInfo> output = new("--out") { Description = "Folder to write.", Required = true };
        Option<long> seed = new("--seed") { Description = "Seed of the first scene; those from 900000000 on are never trained on.", DefaultValueFactory = _ => 900_100_000 };
        Command pairs = new("pairs", "Write edits with their ground truth as a suite for moodpipe eval.") { count, kinds, output, seed };
        pairs.SetAction(parsed =>
        {
            EditKind[] wanted = [.. parsed.GetValue(kinds)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(k => Enum.TryParse(k, ignoreCase: true, out EditKind kind) && Enum.IsDefined(kind) ? kind : throw CommandFailure.Usage($"--edits: '{k}' is no kind of edit"))];
            if (parsed.GetValue(count) < 1 || parsed.GetValue(seed) < 0 || wanted.Length == 0 || wanted.Distinct().Count() != wanted.Length)
            {
                throw CommandFailure.Usage("--count must be at least 1, --seed at least 0, and --edits must name each kind once");
            }

            string folder = parsed.GetRequiredValue(output).FullName;
            WorldPairs.Write(folder, (ulong)parsed.GetValue(seed), parsed.GetValue(count), wanted);
            Console.Out.WriteLine($"{parsed.GetValue(count) * wanted.Length} edits in {folder}; use it as --suite of moodpipe eval.");
            return ExitCodes.Done;
        });
        return HelpWithExamples.Describe(pairs, "moodpipe world pairs --count 200 --out pairs", "moodpipe world pairs --count 50 --edits surface --out textures");
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
