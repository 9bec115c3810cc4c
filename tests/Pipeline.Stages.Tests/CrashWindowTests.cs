using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Stages.Consuming;
using Pipeline.Stages.Core;
using Pipeline.Stages.Sources;
using Pipeline.Stages.Tests.Fakes;
using Pipeline.Storage;
using Pipeline.Storage.Folder;
using Pipeline.TestKit;

namespace Pipeline.Stages.Tests;

/// <summary>
/// Every window between two effects of a stage: the worker dies before or right after each access to the store and each send, the message is delivered again to a new
/// worker. What goes on must be what an undisturbed worker sends, and every item must have its outcome.
/// </summary>
public sealed class CrashWindowTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("prompt")]
    [InlineData("invert")]
    [InlineData("edit")]
    [InlineData("caption")]
    public async Task Wherever_a_worker_dies_the_redelivered_message_has_the_same_effect(string stage)
    {
        File.WriteAllText(folder.File("p.bin"), "a picture");
        Effects undisturbed = await Deliver("undisturbed", stage, crashAt: int.MaxValue, after: false);
        Assert.True(undisturbed.Steps > 5, $"{undisturbed.Steps} effects");
        for (int step = 1; step <= undisturbed.Steps; step++)
        {
            foreach (bool after in new[] { false, true })
            {
                string name = $"{stage}-{step}-{after}";
                Effects first = await Deliver(name, stage, step, after);
                Assert.True(first.Died, $"{name} did not die");
                Effects second = await Deliver(name, stage, int.MaxValue, false);
                Assert.False(second.Died);

                // Nothing is lost: the second delivery sends everything, whatever the first has sent.
                Assert.Equal(undisturbed.Works, second.Works);
                Assert.Equal(undisturbed.Outcomes, second.Outcomes);
                // Nothing is different: what the first has sent is a part of it, so duplicates are recognised.
                Assert.Subset(undisturbed.Works.ToHashSet(), first.Works.ToHashSet());
                Assert.Subset(undisturbed.Outcomes.ToHashSet(), first.Outcomes.ToHashSet());
            }
        }
    }

    private async Task<Effects> Deliver(string state, string stage, int crashAt, bool after)
    {
        using var source = new CancellationTokenSource();
        var inner = new FolderArtefactStore(new FolderStoreOptions { Root = folder.File(state), FlushToDisk = false });
        string settings = await SettingsStore.WriteAsync(inner, new WorkSettings { Method = "fake" }, default);
        Dictionary<string, InputRef> made = await Earlier(inner);
        var mortal = new Mortal(source, crashAt, after);
        var outbox = new MortalOutbox(mortal);
        using var compute = new ComputeThread();
        var store = new MortalStore(inner, mortal);
        var services = new StageServices { Store = store, Compute = compute };
        FakeStage fake = new FakeStages().All.Single(s => s.Name == stage);
        var handler = new StageHandler(
            StageRunner.Create(fake), services, new SourceIntake(new FileSourceReader(folder.Path), store, 1000), new WorkGate(TimeProvider.System), outbox, new Silent(), NullLogger.Instance);
        var work = new StageWork
        {
            JobId = "job", Picture = 0, Stage = stage, Itinerary = ["invert", "edit", "caption", "score"], SettingsDigest = settings, Inputs = made,
            Targets = [.. Enumerable.Range(0, 3).Select(i => new EditTarget { Item = i, Emotion = $"e{i}", Seed = i, Inputs = made.Where(m => m.Key is "prompt.prompts" or "edit.image").ToDictionary() })],
        };
        bool died = false;
        try
        {
            await handler.HandleAsync([work], source.Token);
        }
        catch (OperationCanceledException)
        {
            died = true;
        }

        return new Effects(died, mortal.Steps, [.. outbox.Works.Select(Comparable)], [.. outbox.Results.SelectMany(r => r.Entries).Select(e => $"{e.Item} {e.WorkKey} {e.Error?.Code}")]);
    }

    // Outputs of the stages before, so that any stage can be tried by itself.
    private static async Task<Dictionary<string, InputRef>> Earlier(FolderArtefactStore store)
    {
        var made = new Dictionary<string, InputRef> { ["source"] = new() { Uri = "p.bin" } };
        foreach (string name in new[] { "prompt.source", "prompt.prompts", "invert.trajectory", "edit.image" })
        {
            made[name] = InputRef.Stored(await store.PutBlobAsync(System.Text.Encoding.UTF8.GetBytes(name), "x", default));
        }

        return made;
    }

    private static string Comparable(StageWork work) => JsonSerializer.Serialize(work with { SentUtc = null, TraceParent = null }, ContractJson.Options);

    private sealed record Effects(bool Died, int Steps, IReadOnlyList<string> Works, IReadOnlyList<string> Outcomes);

    /// <summary>Counts effects and dies at one of them: the process stops, as a cancelled token stops everything here.</summary>
    private sealed class Mortal(CancellationTokenSource source, int crashAt, bool after)
    {
        private int steps;

        public int Steps => steps;

        public async Task<T> DoAsync<T>(Func<Task<T>> effect)
        {
            source.Token.ThrowIfCancellationRequested();
            bool last = Interlocked.Increment(ref steps) == crashAt;
            if (last && !after)
            {
                Die();
            }

            T result = await effect();
            if (last)
            {
                Die();
            }

            return result;
        }

        private void Die()
        {
            source.Cancel();
            source.Token.ThrowIfCancellationRequested();
        }
    }

    private sealed class MortalStore(IArtefactStore inner, Mortal mortal) : IArtefactStore
    {
        public Task<BlobRef> PutBlobAsync(Stream content, string mediaType, CancellationToken cancellation) =>
            mortal.DoAsync(() => inner.PutBlobAsync(content, mediaType, CancellationToken.None));

        public Task<bool> HasBlobAsync(BlobRef blob, CancellationToken cancellation) => inner.HasBlobAsync(blob, cancellation);

        public Task<Stream> OpenBlobAsync(BlobRef blob, CancellationToken cancellation) => mortal.DoAsync(() => inner.OpenBlobAsync(blob, CancellationToken.None));

        public Task DiscardBlobAsync(BlobRef blob, CancellationToken cancellation) => inner.DiscardBlobAsync(blob, cancellation);

        public Task<byte[]?> TryReadManifestAsync(ManifestKey key, CancellationToken cancellation) => mortal.DoAsync(() => inner.TryReadManifestAsync(key, CancellationToken.None));

        public Task<PublishedManifest> PublishManifestAsync(ManifestKey key, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
            mortal.DoAsync(() => inner.PublishManifestAsync(key, content, CancellationToken.None));

        public Task WithdrawManifestAsync(ManifestKey key, CancellationToken cancellation) => inner.WithdrawManifestAsync(key, cancellation);
    }

    private sealed class MortalOutbox(Mortal mortal) : IStageOutbox
    {
        public List<StageWork> Works { get; } = [];

        public List<StageResult> Results { get; } = [];

        public Task SendAsync(StageWork work, CancellationToken cancellation) => mortal.DoAsync(() =>
        {
            Works.Add(work);
            return Task.FromResult(true);
        });

        public Task SendAsync(StageResult result, CancellationToken cancellation) => mortal.DoAsync(() =>
        {
            Results.Add(result);
            return Task.FromResult(true);
        });
    }

    private sealed class Silent : IWorkObserver
    {
        public void Taken(IReadOnlyList<StageWork> works)
        {
        }

        public void Finished(IReadOnlyList<StageWork> works)
        {
        }

        public void Unfit(Exception reason)
        {
        }
    }
}
