using System.CommandLine;

namespace Pipeline.Cli.Tests;

/// <summary>Runs a command in this process and keeps what it printed.</summary>
internal static class CommandLine
{
    /// <summary>Exit code and standard output; a <see cref="CommandFailure"/> gives its code and message, as in the program.</summary>
    public static (int Code, string Output) Run(Command command, params string[] arguments)
    {
        TextWriter console = Console.Out;
        using StringWriter output = new();
        Console.SetOut(output);
        try
        {
            return (command.Parse(arguments).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }), output.ToString());
        }
        catch (CommandFailure failure)
        {
            return (failure.ExitCode, failure.Message);
        }
        finally
        {
            Console.SetOut(console);
        }
    }
}
