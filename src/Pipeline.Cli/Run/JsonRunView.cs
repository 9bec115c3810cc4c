using System.Text.Json;
using Pipeline.Stages.Embedded;

namespace Pipeline.Cli.Run;

/// <summary>Events as JSON, one object a line: <c>started</c>, <c>progress</c>, <c>draining</c>, <c>note</c>, <c>finished</c>.</summary>
internal sealed class JsonRunView(TextWriter writer) : IRunView
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);
    private readonly Lock _gate = new();

    public void Report(RunEvent value) => Write(value switch
    {
        RunStarted s => new { Event = "started", s.JobId, s.Items, s.Ended, s.Resumed },
        RunProgress p => new
        {
            Event = "progress", p.Items, p.Done, p.Failed, p.InFlight, p.Waiting, p.Stages,
            ElapsedSeconds = p.Elapsed.TotalSeconds, p.ItemsPerSecond, RemainingSeconds = p.Remaining?.TotalSeconds,
        },
        RunDraining d => new { Event = "draining", d.InHand },
        RunFinished f => new
        {
            Event = "finished", f.Summary.JobId, State = f.Summary.State.ToString(), f.Summary.Items, f.Summary.Done, f.Summary.Failed, f.Summary.Open,
            f.Summary.Interrupted, f.Summary.Stages, f.Summary.Errors, f.Summary.ManifestErrors, f.Summary.MetadataPath,
            ElapsedSeconds = f.Summary.Elapsed.TotalSeconds,
        },
        _ => new { Event = value.GetType().Name },
    });

    public void Note(string message) => Write(new { Event = "note", Message = message });

    public void Dispose() => writer.Flush();

    private void Write(object value)
    {
        lock (_gate)
        {
            writer.WriteLine(JsonSerializer.Serialize(value, Options));
        }
    }
}
