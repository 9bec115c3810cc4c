using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Pipeline.Cli;

/// <summary>The usual help, followed by the examples that a command brings and the exit codes.</summary>
public sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly Dictionary<Command, string[]> Examples = [];

    /// <summary>Attaches examples to a command (each a whole command line).</summary>
    public static TCommand Describe<TCommand>(TCommand command, params string[] examples)
        where TCommand : Command
    {
        Examples[command] = examples;
        return command;
    }

    /// <inheritdoc />
    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (Examples.TryGetValue(parseResult.CommandResult.Command, out string[]? examples))
        {
            output.WriteLine("Examples:");
            foreach (string example in examples)
            {
                output.WriteLine("  " + example);
            }

            output.WriteLine();
        }

        output.WriteLine("Exit codes: 0 done, 1 items failed, 2 usage, 3 environment, 4 quality gate, 5 device lost, 6 server unreachable, 130 interrupted.");
        return code;
    }
}
