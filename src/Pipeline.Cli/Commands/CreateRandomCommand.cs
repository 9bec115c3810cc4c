using System.CommandLine;
using Pipeline.Cli.Models.Tiny;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe models create-random</c>: a complete model folder of random weights, small enough for any machine.</summary>
internal static class CreateRandomCommand
{
    public static Command Create()
    {
        Option<string> family = new("--family") { Description = "Which sizes: tiny (under 10 MB in all).", DefaultValueFactory = _ => "tiny" };
        family.AcceptOnlyFromAmong("tiny");
        Option<string> output = new("--out") { Description = "Folder to write; must not exist, or be empty.", Required = true };
        Option<long> seed = new("--seed") { Description = "Seed of the weights; the same seed gives the same bytes.", DefaultValueFactory = _ => 0 };
        Command command = new("create-random", "Write a model folder of every family with random weights: it runs everything and makes noise of pictures.") { family, output, seed };
        command.SetAction(parsed => Write(Path.GetFullPath(parsed.GetRequiredValue(output)), parsed.GetValue(seed)));
        return HelpWithExamples.Describe(command, "moodpipe models create-random --family tiny --out models/random", "moodpipe models create-random --out /tmp/models --seed 7");
    }

    /// <summary>Writes the tiny family; the folder appears under its name only when it is complete.</summary>
    internal static int Write(string folder, long seed)
    {
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw CommandFailure.Usage($"{folder}: is there already and not empty; give another --out or remove it");
        }

        string partial = $"{folder.TrimEnd(Path.DirectorySeparatorChar)}.{Environment.ProcessId}.partial";
        try
        {
            new TinyModelDirectory(Directory.CreateDirectory(partial).FullName, seed).Write();
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder);
            }

            Directory.Move(partial, folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.Environment($"{folder}: cannot be written: {error.Message}");
        }
        finally
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }
        }

        Report(folder);
        return ExitCodes.Done;
    }

    private static void Report(string folder)
    {
        FileInfo[] files = [.. new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(f => f.FullName, StringComparer.Ordinal)];
        foreach (FileInfo file in files.Where(f => f.Extension == ".safetensors"))
        {
            Console.Out.WriteLine($"{Path.GetRelativePath(folder, file.FullName),-56} {file.Length / 1024,6} kB");
        }

        Console.Out.WriteLine($"{files.Length} files, {files.Sum(f => f.Length) / 1e6:0.0} MB in {folder}");
    }
}
