using Pipeline.Stages.Embedded;

namespace Pipeline.Cli.Run;

/// <summary>Plain lines for logs and pipes: start, a line of progress now and then, end.</summary>
internal sealed class LineRunView(TextWriter writer, TimeSpan interval) : IRunView
{
    private readonly Lock _gate = new();
    private TimeSpan _last;

    public void Report(RunEvent value)
    {
        lock (_gate)
        {
            switch (value)
            {
                case RunStarted started when interval < TimeSpan.MaxValue:
                    writer.WriteLine(RunText.Started(started));
                    break;
                case RunProgress progress when interval < TimeSpan.MaxValue && progress.Elapsed - _last >= interval:
                    _last = progress.Elapsed;
                    writer.WriteLine(RunText.Progress(progress));
                    break;
            }
        }
    }

    public void Note(string message)
    {
        lock (_gate)
        {
            writer.WriteLine(message);
        }
    }

    public void Dispose() => writer.Flush();
}
