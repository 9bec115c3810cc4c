using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Stages.Core;
using Pipeline.Storage;

namespace Pipeline.Cluster.Tests;

/// <summary>A score stage that does what a test says.</summary>
internal sealed class ScriptedStage : IStage<string, string>
{
    public string Name => "score";

    public string Implementation => "1";

    public UnitScope Scope => UnitScope.Target;

    public IReadOnlyDictionary<string, string> Models { get; } = new Dictionary<string, string>();

    public int MaxBatch { get; init; } = 1;

    public TimeSpan BatchWait => TimeSpan.FromMilliseconds(20);

    public Func<string, Task> OnLoad { get; init; } = _ => Task.CompletedTask;

    public Action<string> OnCompute { get; init; } = _ => { };

    public Action<IReadOnlyList<string>> OnBatch { get; init; } = _ => { };

    public Func<string, Task> OnStore { get; init; } = _ => Task.CompletedTask;

    public UnitKey Key(StageUnit unit) => new() { Reads = ["source"], Params = [] };

    public async Task<string> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation)
    {
        string text = Encoding.UTF8.GetString(await store.ReadBlobAsync(unit.Input("source"), 1000, cancellation));
        await OnLoad(text).WaitAsync(cancellation);
        return text;
    }

    public IReadOnlyList<UnitOutcome<string>> Compute(IReadOnlyList<string> batch, CancellationToken cancellation)
    {
        OnBatch(batch);
        foreach (string text in batch)
        {
            OnCompute(text);
        }

        return [.. batch.Select(text => (UnitOutcome<string>)text)];
    }

    public async Task<UnitOutput> StoreAsync(StageUnit unit, string value, IArtefactStore store, CancellationToken cancellation)
    {
        await OnStore(value);
        return new UnitOutput { Outputs = new Dictionary<string, Contracts.Artefacts.BlobRef>(), Facts = new JsonObject { ["text"] = value } };
    }
}
