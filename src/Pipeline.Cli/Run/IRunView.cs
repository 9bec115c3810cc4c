using Pipeline.Stages.Embedded;

namespace Pipeline.Cli.Run;

/// <summary>Shows a run to whoever started it.</summary>
internal interface IRunView : IProgress<RunEvent>, IDisposable
{
    /// <summary>Says something beside the progress.</summary>
    void Note(string message);
}
