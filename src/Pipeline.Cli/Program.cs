using System.CommandLine;
using System.CommandLine.Help;
using Pipeline.Cli;
using Pipeline.Cli.Commands;
using Pipeline.Contracts.Errors;
using Pipeline.Hosting.Connections;
using Pipeline.Methods;
using Pipeline.Models;
using Spectre.Console;

AnsiConsole.Console = Terminal.Output();
RootCommand root = new("Moodpipe: batch emotion-driven image editing.")
{
    DemoCommand.Create(),
    DevCommand.Create(),
    DoctorCommand.Create(),
    ExportCommand.Create(),
    GcCommand.Create(),
    ModelsCommand.Create(),
    ParityCommand.Create(),
    PlanCommand.Create(),
    RunCommand.Create(),
    ServeCommand.Create(),
    SubmitCommand.Create(),
    EvalCommand.Create(),
    TopologyCommand.Create(),
    TrainCommand.Create(),
    WorkerCommand.Create(),
    WorldCommand.Create(),
};
foreach (Command command in JobCommands.Create())
{
    root.Add(command);
}

HelpOption help = root.Options.OfType<HelpOption>().Single();
help.Action = new HelpWithExamples((HelpAction)help.Action!);

ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
{
    parsed.Invoke();
    return ExitCodes.Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (CommandFailure failure)
{
    Console.Error.WriteLine("moodpipe: " + failure.Message);
    return failure.ExitCode;
}
catch (ConfigurationException e)
{
    Console.Error.WriteLine("moodpipe: " + e.Message);
    return ExitCodes.Usage;
}
catch (PipelineException e) when (e.Code == ErrorCodes.BrokerUnreachable)
{
    Console.Error.WriteLine($"moodpipe: {e.Message} [{e.Code}]");
    return ExitCodes.Unreachable;
}
catch (Exception e) when (e is ModelFormatException or EditException or IOException or UnauthorizedAccessException or PipelineException { Class: FaultClass.Environment })
{
    Console.Error.WriteLine("moodpipe: " + e.Message);
    return ExitCodes.Environment;
}
catch (OperationCanceledException)
{
    return ExitCodes.Interrupted;
}
