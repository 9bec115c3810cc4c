using System.CommandLine;
using Pipeline.Cli.Run;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe demo</c>: the main job on the sample photographs with a tiny random model family; nothing to download.</summary>
internal static class DemoCommand
{
    private const long FamilySeed = 1;

    public static Command Create()
    {
        Option<string> output = new("--out") { Description = "Folder of models and results.", DefaultValueFactory = _ => "moodpipe-demo" };
        Command command = new("demo", "Run the whole pipeline on the sample photographs with a tiny family of random weights.") { output };
        command.SetAction((parsed, _) => RunAsync(Path.GetFullPath(parsed.GetValue(output)!)));
        return HelpWithExamples.Describe(command, "moodpipe demo", "moodpipe demo --out /tmp/demo");
    }

    private static Task<int> RunAsync(string folder)
    {
        string models = Path.Combine(folder, "models");
        if (!Directory.Exists(models))
        {
            Console.Error.WriteLine($"Writing a tiny family of random models to {models} ...");
            CreateRandomCommand.Write(models, FamilySeed);
        }

        Console.Error.WriteLine("The weights are random: the demo shows every stage at work, not a meaningful edit.");
        return new RunSession(new RunRequest
        {
            Manifest = SampleJob(),
            Models = models,
            Output = Path.Combine(folder, "out"),
            Method = "moodifier",
            Seed = 1234,
        }).RunAsync();
    }

    /// <summary><c>samples/demo.jsonl</c> of the checkout that this program was built in.</summary>
    private static string SampleJob()
    {
        for (DirectoryInfo? dir = new(AppContext.BaseDirectory); dir is not null; dir = dir.Parent)
        {
            string candidate = Path.Combine(dir.FullName, "samples", "demo.jsonl");
            if (File.Exists(candidate))
            {
                return candidate;
            }
        }

        throw CommandFailure.Environment($"no samples/demo.jsonl above {AppContext.BaseDirectory}: run the demo from a checkout");
    }
}
