using System.CommandLine;
using Pipeline.Hosting;
using Pipeline.Training.Family;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe train family</c>: every model of the tiny family, one after the other.</summary>
internal static class TrainFamilyCommand
{
    public static Command Create()
    {
        Option<string> output = new("--out") { Description = "Folder of the family: one run a model, and at the end models/.", Required = true };
        Option<bool> small = new("--smoke") { Description = "Tiny networks for some seconds each; exit code 4 when a loss does not fall." };
        Option<bool> single = new("--single") { Description = "Write weights in single precision; half otherwise, as the family is shipped." };
        Option<string> device = TrainCommand.DeviceOption();
        Option<string?> precision = TrainCommand.PrecisionOption("recipes'");
        Command command = new("family", "Train all models in order; the same command again goes on where it was.") { output, small, single, device, precision };
        command.SetAction(parsed => TrainCommand.Guarded(() => Run(
            new FamilyRun(
                Path.GetFullPath(parsed.GetRequiredValue(output)), Trainers.All, FamilyRun.TinyWorld, parsed.GetValue(small), !parsed.GetValue(single), TrainCommand.DeviceOf(parsed.GetValue(device)),
                TrainCommand.PrecisionOf(parsed.GetValue(precision))),
            Path.Combine(parsed.GetRequiredValue(output), FamilyRun.ModelsFolder))));
        return HelpWithExamples.Describe(command, "moodpipe train family --out runs/tiny", "moodpipe train family --smoke --out /tmp/family");
    }

    private static int Run(FamilyRun family, string models)
    {
        using Telemetry telemetry = Telemetry.Start("moodpipe-train");
        using DrainSignal signal = new(() => Console.Error.WriteLine("Stopping: this step is finished and saved."));
        FamilyOutcome outcome = family.Run(Console.Out.WriteLine, TrainCommand.Reporter("score"), signal.Drain);
        if (!outcome.Finished)
        {
            Console.Out.WriteLine("Stopped and saved; the same command goes on.");
            return ExitCodes.Done;
        }

        Console.Out.WriteLine($"Models: {models}");
        foreach (string name in outcome.Failed)
        {
            Console.Error.WriteLine($"moodpipe: {name}: the loss did not fall as it must");
        }

        return outcome.Failed.Count == 0 ? ExitCodes.Done : ExitCodes.QualityGate;
    }
}
