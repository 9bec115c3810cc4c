using Spectre.Console;

namespace Pipeline.Cli;

/// <summary>What standard output and standard error are connected to.</summary>
internal static class Terminal
{
    /// <summary>Whether a person watches: colours, bars and redrawing only then. <c>NO_COLOR</c> turns colours off.</summary>
    public static bool IsInteractive => !Console.IsOutputRedirected && !Console.IsErrorRedirected;

    /// <summary>A console for standard output, plain when it is redirected.</summary>
    public static IAnsiConsole Output()
    {
        bool redirected = Console.IsOutputRedirected;
        bool plain = redirected || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        if (redirected)
        {
            // Nothing is wrapped or cut in files and pipes.
            console.Profile.Width = 240;
        }

        return console;
    }
}
