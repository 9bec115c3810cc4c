using System.CommandLine;
using Pipeline.Cli.Models;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe models</c>: what model folders hold, and whether a job can use it.</summary>
internal static class ModelsCommand
{
    public static Command Create() =>
        new("models", "Look at model folders, check, convert and create them.") { Inspect(), Verify(), ConvertCommand.Create(), CreateRandomCommand.Create() };

    private static Command Inspect()
    {
        Argument<string> path = new("PATH") { Description = "A model folder (one model, a diffusers pipeline, or a folder of such), or one .safetensors file." };
        Option<bool> digests = new("--digests") { Description = "Also print SHA-256 of the weight files of a folder; reads them whole." };
        Option<bool> json = Json();
        Command command = new("inspect", "Print architectures, sizes, types and keys; reads no weights.") { path, digests, json };
        command.SetAction((parsed, cancellation) =>
        {
            string target = parsed.GetRequiredValue(path);
            return Task.FromResult(File.Exists(target)
                ? InspectFile(target, parsed.GetValue(json))
                : Run(target, verify: false, parsed.GetValue(digests), parsed.GetValue(json), cancellation));
        });
        return HelpWithExamples.Describe(command, "moodpipe models inspect /models", "moodpipe models inspect /models/clip/model.safetensors --json");
    }

    private static Command Verify()
    {
        Argument<string> path = new("DIR") { Description = "A model folder, or a folder of such." };
        Option<bool> json = Json();
        Command command = new("verify", "Read every weight and load every part as a job would; exit 1 when something cannot be used.") { path, json };
        command.SetAction((parsed, cancellation) =>
            Task.FromResult(Run(parsed.GetRequiredValue(path), verify: true, digests: true, parsed.GetValue(json), cancellation)));
        return HelpWithExamples.Describe(command, "moodpipe models verify /models");
    }

    private static Option<bool> Json() => new("--json") { Description = "Print one JSON object." };

    private static int Run(string path, bool verify, bool digests, bool json, CancellationToken cancellation)
    {
        if (!Directory.Exists(path))
        {
            throw CommandFailure.Usage($"{path}: no such file or folder");
        }

        PartReport[] parts;
        try
        {
            parts = [.. new PartChecker(Path.GetFullPath(path), verify, digests).Run(cancellation)];
        }
        catch (ModelFormatException error)
        {
            // A configuration that is not JSON: what the folder is cannot be told at all.
            throw new CommandFailure(ExitCodes.ItemsFailed, error.Message);
        }

        if (parts.Length == 0)
        {
            throw CommandFailure.Usage($"{path}: no model here (looked for model_index.json, config.json and tokenizer files, four folders deep)");
        }

        if (json)
        {
            Console.Out.WriteLine(ModelsOutput.Json(parts));
        }
        else
        {
            ModelsOutput.Write(Terminal.Output(), parts);
        }

        bool sound = parts.All(p => p.Problems.Count == 0);
        return sound || !verify ? ExitCodes.Done : ExitCodes.ItemsFailed;
    }

    private static int InspectFile(string path, bool json)
    {
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            string digest = FileDigests.Sha256(path);
            if (json)
            {
                Console.Out.WriteLine(ModelsOutput.JsonFile(file, digest));
            }
            else
            {
                ModelsOutput.WriteFile(Terminal.Output(), file, digest);
            }

            return ExitCodes.Done;
        }
        catch (ModelFormatException error)
        {
            throw new CommandFailure(ExitCodes.ItemsFailed, error.Message);
        }
    }
}
