using Pipeline.Contracts.Artefacts;
using Pipeline.Imaging;
using Pipeline.Stages.Core;
using Pipeline.Stages.Pictures;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.Storage;

namespace Pipeline.FakeWorker;

/// <summary>
/// A fake stage that sleeps, writes down what it computes, and can be asked by a source's first bytes to kill the process (<c>KILL stage</c>) or to lose the device (<c>DEVICE stage</c>).
/// </summary>
internal sealed class SleepingStage(FakeStage inner, TimeSpan sleep, CrashPlan plan, string log, bool decode) : IStage<FakeInput, byte[]>
{
    private static readonly Lock LogGate = new();
    private readonly StoredPictures pictures = new(DecodeLimits.Default with { MinSide = 16 });

    public string Name => inner.Name;

    public string Implementation => inner.Implementation;

    public UnitScope Scope => inner.Scope;

    public IReadOnlyDictionary<string, string> Models => inner.Models;

    public int MaxBatch => inner.MaxBatch;

    public TimeSpan BatchWait => inner.BatchWait;

    public UnitKey Key(StageUnit unit) => inner.Key(unit);

    public async Task<FakeInput> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation)
    {
        if (decode)
        {
            _ = await pictures.ReadAsync(store, unit.Input("source"), cancellation);
        }

        return await inner.LoadAsync(unit, store, cancellation);
    }

    public IReadOnlyList<UnitOutcome<byte[]>> Compute(IReadOnlyList<FakeInput> batch, CancellationToken cancellation)
    {
        Write("begin", batch.Count);
        plan.Pass(CrashPlan.Compute);
        if (batch.Any(i => i.Source.StartsWith($"KILL {Name}", StringComparison.Ordinal)))
        {
            CrashPlan.Die();
        }

        if (batch.Any(i => i.Source.StartsWith($"DEVICE {Name}", StringComparison.Ordinal)))
        {
            throw new InvalidOperationException("CUDA error: an illegal memory access was encountered");
        }

        Thread.Sleep(sleep * batch.Count);
        IReadOnlyList<UnitOutcome<byte[]>> outcomes = inner.Compute(batch, cancellation);
        // What came out, so that a test can tell whether something was made again.
        Write("end", batch.Count, string.Join(',', outcomes.Where(o => o.Error is null).Select(o => Sha256Digest.Of(o.Value))));
        return outcomes;
    }

    public Task<UnitOutput> StoreAsync(StageUnit unit, byte[] value, IArtefactStore store, CancellationToken cancellation) => inner.StoreAsync(unit, value, store, cancellation);

    // Written to the system at once: a killed process must not take its lines along.
    private void Write(string what, int units, string digests = "-")
    {
        lock (LogGate)
        {
            File.AppendAllText(log, $"{what} {Name} {units} {digests}\n");
        }
    }
}
