using System.CommandLine;
using Pipeline.Models;
using Pipeline.Models.Checkpoints;

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
