namespace Pipeline.Cli;

/// <summary>Ends a command with a message for the user and an exit code; no stack is printed.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="message">What is wrong, where, and what to do.</param>
public sealed class CommandFailure(int exitCode, string message) : Exception(message)
{
    /// <summary>One of <see cref="ExitCodes"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>The command line, or a file it names, is wrong.</summary>
    public static CommandFailure Usage(string message) => new(ExitCodes.Usage, message);

    /// <summary>The machine lacks something.</summary>
    public static CommandFailure Environment(string message) => new(ExitCodes.Environment, message);
}
