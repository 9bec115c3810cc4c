using System.CommandLine;
using Pipeline.Cli.Run;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe demo</c>: the main job with the tiny trained family, on scenes of its world and on the sample photographs; nothing to download.</summary>
internal static class DemoCommand
{
    private const string Remark = "The tiny family knows only its own drawn world: judge the scenes as edits, the photographs as proof that every stage works on real pictures.";

    public static Command Create()
    {
        Option<string> output = new("--out") { Description = "Folder of pictures and results.", DefaultValueFactory = _ => "moodpipe-demo" };
        Command command = new("demo", "Run the whole pipeline with the tiny trained family on scenes of its world and on the sample photographs.") { output };
        command.SetAction((parsed, _) => RunAsync(Path.GetFullPath(parsed.GetValue(output)!)));
        return HelpWithExamples.Describe(command, "moodpipe demo", "moodpipe demo --out /tmp/demo");
    }

    private static Task<int> RunAsync(string folder)
    {
        string manifest = DemoJob.Write(Path.Combine(folder, "pictures"), OfCheckout("samples", "demo.jsonl"));
        Console.Error.WriteLine(Remark);
        return new RunSession(new RunRequest
        {
            Manifest = manifest,
            Models = OfCheckout("models", "tiny"),
            Output = Path.Combine(folder, "out"),
            Method = "moodifier",
            Seed = 1234,
            Remark = Remark,
        }).RunAsync();
    }

    /// <summary>A file or folder of the checkout that this program was built in.</summary>
    private static string OfCheckout(params string[] parts)
    {
        for (DirectoryInfo? dir = new(AppContext.BaseDirectory); dir is not null; dir = dir.Parent)
        {
            string candidate = Path.Combine([dir.FullName, .. parts]);
            if (Path.Exists(candidate))
            {
                return candidate;
            }
        }

        throw CommandFailure.Environment($"no {Path.Combine(parts)} above {AppContext.BaseDirectory}: run the demo from a checkout");
    }
}
