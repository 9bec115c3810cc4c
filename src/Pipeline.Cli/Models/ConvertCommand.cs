using System.CommandLine;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Lpips.Building;

namespace Pipeline.Cli.Models;

/// <summary><c>moodpipe models convert DIR</c>: pickled checkpoints to safetensors, beside them.</summary>
internal static class ConvertCommand
{
    public static Command Create()
    {
        Argument<string> path = new("DIR") { Description = "A folder with pickled weights (.bin, .ckpt, .pt, .pth, .th)." };
        Option<bool> dryRun = new("--dry-run") { Description = "Only say what would be written." };
        Option<bool> force = new("--force") { Description = "Replace files that exist." };
        Command command = new("convert", "Convert pickled weights to safetensors without running what is in them; the pickles stay.") { path, dryRun, force };
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(parsed.GetRequiredValue(path), parsed.GetValue(dryRun), parsed.GetValue(force), cancellation)));
        return HelpWithExamples.Describe(command, "moodpipe models convert /models/diffusion/vae --dry-run", "moodpipe models convert /models/diffusion/vae");
    }

    private static int Run(string directory, bool dryRun, bool force, CancellationToken cancellation)
    {
        if (!Directory.Exists(directory))
        {
            throw CommandFailure.Usage($"{directory}: no such folder");
        }

        if (Lpips(directory) is { } perceptual)
        {
            return ConvertLpips(perceptual, dryRun, force);
        }

        IReadOnlyList<(string Source, string Target)> plan = PickleConverter.Plan(directory);
        if (plan.Count == 0)
        {
            throw CommandFailure.Usage($"{directory}: no pickled weights there");
        }

        bool failed = false;
        foreach ((string source, string target) in plan)
        {
            cancellation.ThrowIfCancellationRequested();
            if (File.Exists(target) && !force)
            {
                Console.Out.WriteLine($"{Path.GetFileName(source)}: {Path.GetFileName(target)} exists; --force replaces it");
            }
            else if (dryRun)
            {
                Console.Out.WriteLine($"{Path.GetFileName(source)}: would become {Path.GetFileName(target)}");
            }
            else
            {
                failed |= !Convert(source, target);
            }
        }

        if (!dryRun && !failed && PickleConverter.ConvertIndex(directory) is { } index)
        {
            Console.Out.WriteLine($"{Path.GetFileName(index)}: index of the shards");
        }

        return failed ? ExitCodes.ItemsFailed : ExitCodes.Done;
    }

    private static LpipsConversion? Lpips(string directory)
    {
        try
        {
            return LpipsConversion.Find(directory);
        }
        catch (ModelFormatException error)
        {
            throw CommandFailure.Usage(error.Message);
        }
    }

    /// <summary>The two published files of LPIPS become one model folder.</summary>
    private static int ConvertLpips(LpipsConversion conversion, bool dryRun, bool force)
    {
        string pair = $"{Path.GetFileName(conversion.Trunk)} and {Path.GetFileName(conversion.Heads)}", target = Path.GetFileName(conversion.Target);
        if (File.Exists(conversion.Target) && !force)
        {
            Console.Out.WriteLine($"{pair}: {target} exists; --force replaces it");
            return ExitCodes.Done;
        }

        if (dryRun)
        {
            Console.Out.WriteLine($"{pair}: would become {target} and config.json of an LPIPS network");
            return ExitCodes.Done;
        }

        try
        {
            Console.Out.WriteLine($"{pair}: {conversion.Convert()} tensors to {target} and config.json, sha256 {FileDigests.Sha256(conversion.Target)}");
            return ExitCodes.Done;
        }
        catch (ModelFormatException error)
        {
            throw new CommandFailure(ExitCodes.ItemsFailed, error.Message);
        }
    }

    private static bool Convert(string source, string target)
    {
        try
        {
            int tensors = PickleConverter.Convert(source, target);
            Console.Out.WriteLine($"{Path.GetFileName(source)}: {tensors} tensors to {Path.GetFileName(target)}, sha256 {FileDigests.Sha256(target)}");
            return true;
        }
        catch (ModelFormatException error)
        {
            Console.Error.WriteLine("moodpipe: " + error.Message);
            return false;
        }
    }
}
