using Pipeline.Contracts.Errors;

namespace Pipeline.Stages.Embedded;

/// <summary>The folder of ledger and artefacts, held by one process at a time.</summary>
internal sealed class StateFolder : IDisposable
{
    private readonly FileStream held;

    /// <exception cref="PipelineException">Another process holds it, or it cannot be made.</exception>
    public StateFolder(string path)
    {
        Root = Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(Root);
            held = new FileStream(Path.Combine(Root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PipelineException(
                ErrorCodes.EnvironmentFault, FaultClass.Environment, $"the state folder {Root} cannot be used: {e.Message}; is another run working in it?", e);
        }
    }

    public string Root { get; }

    public string Ledger => Path.Combine(Root, "ledger.db");

    public string Artefacts => Path.Combine(Root, "artefacts");

    public void Dispose() => held.Dispose();
}
