namespace Pipeline.Cli.Run;

/// <summary>Picks the view that suits the terminal.</summary>
internal static class RunViews
{
    /// <param name="json">One JSON object a line on standard output.</param>
    /// <param name="quiet">Only problems.</param>
    public static IRunView Create(bool json, bool quiet) =>
        json ? new JsonRunView(Console.Out)
        : quiet ? new LineRunView(Console.Error, TimeSpan.MaxValue)
        : Terminal.IsInteractive ? new BarRunView(Terminal.Output())
        : new LineRunView(Console.Error, TimeSpan.FromSeconds(5));
}
