using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Stages.Core;
using Pipeline.Storage;
using Pipeline.Storage.Folder;
using Pipeline.TestKit;

namespace Pipeline.Stages.Tests;

/// <summary>Equal work in several batches of one process: computed once, and not at all forgotten when the first fails.</summary>
public sealed class EqualWorkTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly TemporaryFolder folder = new();
    private readonly FolderArtefactStore store;
    private readonly ComputeThread compute = new();
    private readonly StageServices services;

    public EqualWorkTests()
    {
        store = new FolderArtefactStore(new FolderStoreOptions { Root = folder.Path, FlushToDisk = false });
        services = new StageServices { Store = store, Compute = compute };
    }

    public void Dispose()
    {
        compute.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task What_one_batch_has_in_hand_another_waits_for_and_finds()
    {
        var stage = new GatedStage();
        StageRunner runner = StageRunner.Create(stage);
        Task<IReadOnlyList<UnitResult>> first = runner.RunAsync([await UnitAsync("shared"), await UnitAsync("mine")], services, default);
        await stage.Loading("shared").WaitAsync(Limit);
        // Of another lane, as the express queue's is: what is its own does not wait.
        Task<IReadOnlyList<UnitResult>> second = runner.RunAsync([await UnitAsync("shared"), await UnitAsync("other")], services with { Lane = new ComputeLane("express", 4) }, default);
        await stage.Loading("other").WaitAsync(Limit);
        stage.Open("other");
        await stage.Computed("other").WaitAsync(Limit);
        Assert.False(second.IsCompleted);
        stage.Open("shared");
        stage.Open("mine");
        IReadOnlyList<UnitResult> winner = await first.WaitAsync(Limit), waiter = await second.WaitAsync(Limit);
        Assert.Equal([false, false, true, false], winner.Concat(waiter).Select(r => r.Cached));
        Assert.Equal(winner[0].Manifest!.Outputs["text"], waiter[0].Manifest!.Outputs["text"]);
        Assert.Equal(["mine", "other", "shared"], stage.Computations.Order());
    }

    [Fact]
    public async Task When_the_first_fails_the_second_does_the_work_itself()
    {
        var stage = new GatedStage { Failures = 1 };
        StageRunner runner = StageRunner.Create(stage);
        Task<IReadOnlyList<UnitResult>> first = runner.RunAsync([await UnitAsync("shared")], services, default);
        await stage.Loading("shared").WaitAsync(Limit);
        Task<IReadOnlyList<UnitResult>> second = runner.RunAsync([await UnitAsync("shared")], services, default);
        stage.Open("shared");
        Assert.IsType<PipelineException>((await first.WaitAsync(Limit))[0].Error);
        UnitResult later = (await second.WaitAsync(Limit))[0];
        Assert.True(later is { Error: null, Cached: false, Manifest: not null });
        Assert.Equal(["shared", "shared"], stage.Computations);
    }

    [Fact]
    public async Task When_the_first_is_cut_off_or_the_waiter_is_nobody_waits_for_ever()
    {
        var stage = new GatedStage();
        StageRunner runner = StageRunner.Create(stage);
        using CancellationTokenSource cutOff = new(), impatient = new();
        Task<IReadOnlyList<UnitResult>> first = runner.RunAsync([await UnitAsync("shared")], services, cutOff.Token);
        await stage.Loading("shared").WaitAsync(Limit);
        Task<IReadOnlyList<UnitResult>> second = runner.RunAsync([await UnitAsync("shared")], services, impatient.Token);
        Task<IReadOnlyList<UnitResult>> third = runner.RunAsync([await UnitAsync("shared")], services, default);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Limit));
        await cutOff.CancelAsync();
        stage.Open("shared");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Limit));
        Assert.Null((await third.WaitAsync(Limit))[0].Error);
    }

    [Fact]
    public async Task Two_batches_with_the_same_units_in_opposite_order_do_not_block_each_other()
    {
        string[] names = [.. Enumerable.Range(0, 12).Select(i => $"unit {i}")];
        var stage = new GatedStage();
        Array.ForEach(names, stage.Open);
        StageRunner runner = StageRunner.Create(stage);
        StageUnit[] units = [.. await Task.WhenAll(names.Select(UnitAsync))];
        IReadOnlyList<UnitResult>[] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => runner.RunAsync(i % 2 == 0 ? units : [.. units.Reverse()], services, default)))).WaitAsync(Limit);
        Assert.All(results.SelectMany(r => r), r => Assert.Null(r.Error));
        Assert.Equal(names.Order(), stage.Computations.Order());
    }

    private async Task<StageUnit> UnitAsync(string text)
    {
        BlobRef source = await store.PutBlobAsync(Encoding.UTF8.GetBytes(text), "text/plain", default);
        return new StageUnit { Settings = new JobDefaults().SettingsOf(new JobLine { Id = "a", Image = "a.png", Emotions = [] }), Inputs = new Dictionary<string, BlobRef> { ["source"] = source } };
    }

    /// <summary>A stage whose inputs are read only when the test opens their gate.</summary>
    private sealed class GatedStage : IStage<string, string>
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource> gates = new(), loading = new(), computed = new();
        private int failures;

        public int Failures { init => failures = value; }

        public ConcurrentQueue<string> Computations { get; } = new();

        public string Name => "score";

        public string Implementation => "1";

        public UnitScope Scope => UnitScope.Picture;

        public IReadOnlyDictionary<string, string> Models { get; } = new Dictionary<string, string>();

        public void Open(string text) => Of(gates, text).TrySetResult();

        public Task Loading(string text) => Of(loading, text).Task;

        public Task Computed(string text) => Of(computed, text).Task;

        public UnitKey Key(StageUnit unit) => new() { Reads = ["source"], Params = [] };

        public async Task<string> LoadAsync(StageUnit unit, IArtefactStore store, CancellationToken cancellation)
        {
            string text = Encoding.UTF8.GetString(await store.ReadBlobAsync(unit.Input("source"), 1000, cancellation));
            Of(loading, text).TrySetResult();
            await Of(gates, text).Task.WaitAsync(cancellation);
            return text;
        }

        public IReadOnlyList<UnitOutcome<string>> Compute(IReadOnlyList<string> batch, CancellationToken cancellation)
        {
            foreach (string text in batch)
            {
                Computations.Enqueue(text);
                Of(computed, text).TrySetResult();
            }

            return Interlocked.Decrement(ref failures) >= 0 ? throw new PipelineException(ErrorCodes.TransientIo, FaultClass.Poison, "the first try fails") : [.. batch.Select(text => (UnitOutcome<string>)text)];
        }

        public async Task<UnitOutput> StoreAsync(StageUnit unit, string value, IArtefactStore store, CancellationToken cancellation) =>
            new() { Outputs = new Dictionary<string, BlobRef> { ["text"] = await store.PutBlobAsync(Encoding.UTF8.GetBytes($"result of {value}"), "text/plain", cancellation) }, Facts = new JsonObject() };

        private static TaskCompletionSource Of(ConcurrentDictionary<string, TaskCompletionSource> all, string text) =>
            all.GetOrAdd(text, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
