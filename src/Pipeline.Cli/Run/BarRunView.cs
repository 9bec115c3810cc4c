using Pipeline.Stages.Embedded;
using Spectre.Console;

namespace Pipeline.Cli.Run;

/// <summary>One redrawn line on a terminal: bar, counts, rate, time left.</summary>
internal sealed class BarRunView(IAnsiConsole console) : IRunView
{
    private const int BarWidth = 24;
    private readonly Lock _gate = new();
    private bool _drawn;

    public void Report(RunEvent value)
    {
        lock (_gate)
        {
            switch (value)
            {
                case RunStarted started:
                    console.WriteLine(RunText.Started(started));
                    break;
                case RunProgress progress:
                    Draw(progress);
                    break;
                case RunFinished:
                    Clear();
                    break;
            }
        }
    }

    public void Note(string message)
    {
        lock (_gate)
        {
            Clear();
            console.WriteLine(message);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            Clear();
        }
    }

    private void Draw(RunProgress progress)
    {
        double share = progress.Items == 0 ? 1 : (progress.Done + progress.Failed) / (double)progress.Items;
        int full = (int)(share * BarWidth);
        string line = $"[{new string('#', full)}{new string('.', BarWidth - full)}] {RunText.Progress(progress)}";
        int width = Math.Max(20, console.Profile.Width - 1);
        Clear();
        console.Profile.Out.Writer.Write(line.Length > width ? line[..width] : line);
        console.Profile.Out.Writer.Flush();
        _drawn = true;
    }

    private void Clear()
    {
        if (_drawn)
        {
            console.Profile.Out.Writer.Write("\r\u001b[K");
            console.Profile.Out.Writer.Flush();
            _drawn = false;
        }
    }
}
