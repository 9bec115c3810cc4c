using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Tests;

/// <summary>Random histories of claims, duplicate, stale and reordered results, releases, retries, replays, cancels and restarts, against a model in plain C#.</summary>
public sealed class StateMachineTests
{
    private const int Items = 6;

    [Fact]
    public void Any_history_gives_the_states_of_the_model_and_true_counters() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(byte, byte, byte)[]>(),
            history =>
            {
                Run(history).GetAwaiter().GetResult();
                return true;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(60));

    [Fact]
    public void The_final_ledger_does_not_depend_on_order_or_repetition() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<uint>(),
            seed => FinalState(seed, shuffled: false).GetAwaiter().GetResult() == FinalState(seed, shuffled: true).GetAwaiter().GetResult())
        .Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    private static async Task Run((byte Op, byte A, byte B)[] history)
    {
        await using var fixture = new LedgerFixture();
        await fixture.Import(LedgerFixture.Picture(0, "a", "b"), LedgerFixture.Picture(1, "a"), LedgerFixture.Picture(2, "a", "b", "c"));
        var model = new Model();
        foreach ((byte op, byte a, byte b) in history)
        {
            await Step(fixture, model, op % 16, a, b);
        }

        Assert.Equal(model.Items.Select(i => i.State), (await fixture.Items()).Select(i => i.State));
        LedgerFixture.AssertCountersEqualScan(fixture.Path);
    }

    private static async Task Step(LedgerFixture fixture, Model model, int op, byte a, byte b)
    {
        switch (op)
        {
            case 0 or 1:
                int credits = 1 + (a % 4);
                IReadOnlyList<PictureDispatch> dispatches = await fixture.Claim(credits);
                foreach (DispatchItem item in dispatches.SelectMany(d => d.Items))
                {
                    model.Claim((int)item.Item);
                }

                break;
            case 2:
                await fixture.Ledger.ReleaseAsync(LedgerFixture.Job, all: true, default);
                model.Release();
                break;
            case 3:
                fixture.Time.Now += TimeSpan.FromHours(1);
                break;
            case 4:
                await fixture.Reopen();
                break;
            case 5 when a % 8 == 0:
                await fixture.Ledger.CancelAsync(LedgerFixture.Job, default);
                model.Cancel();
                break;
            case 6:
                int opened = await fixture.Ledger.ReplayAsync(LedgerFixture.Job, ReplaySelection.Everything, default);
                Assert.Equal(opened, model.Replay());
                break;
            default:
                int target = a % Items;
                string stage = StageNames.All[b % 5];
                StageOutcome outcome = (b / 5 % 8) switch { 0 => StageOutcome.Poison, 1 or 2 => StageOutcome.Transient, 3 => StageOutcome.Cached, _ => StageOutcome.Done };
                // Mostly current, sometimes one too old or too young.
                int epoch = model.Items[target].Epoch + (a / Items % 8 == 0 ? -1 : 0);
                int attempt = model.Items[target].Attempt + (a / Items % 8 == 1 ? -1 : 0);
                ApplyReport report = await fixture.Apply(stage, target, outcome, epoch, attempt);
                Assert.Equal(report.Applied == 1, model.Apply(target, stage, outcome, epoch, attempt));
                break;
        }
    }

    // One fixed set of outcomes, delivered in order or shuffled with repetitions.
    private static async Task<string> FinalState(uint seed, bool shuffled)
    {
        var random = new TestKit.Xorshift(seed + 1);
        var outcomes = new List<StageResult>();
        for (int item = 0; item < Items; item++)
        {
            int failing = random.Below(10);
            outcomes.AddRange(StageNames.All.Select((s, i) => LedgerFixture.Result(s, item, i == failing || (failing == 9 && i >= 3) ? StageOutcome.Poison : StageOutcome.Done))
                .Where((_, i) => i <= failing || failing >= 3));
        }

        if (shuffled)
        {
            outcomes.AddRange([.. outcomes]);
            for (int i = outcomes.Count - 1; i > 0; i--)
            {
                int j = random.Below(i + 1);
                (outcomes[i], outcomes[j]) = (outcomes[j], outcomes[i]);
            }
        }

        await using var fixture = new LedgerFixture();
        await fixture.Import(LedgerFixture.Picture(0, "a", "b", "c", "d", "e", "f"));
        await fixture.Claim(Items);
        foreach (StageResult outcome in outcomes)
        {
            await fixture.Ledger.ApplyAsync([outcome], default);
        }

        LedgerFixture.AssertCountersEqualScan(fixture.Path);
        return string.Join(" ", (await fixture.Items()).Select(i => $"{i.State}:{i.Failure?.Stage}"));
    }

    private sealed class Model
    {
        private bool cancelled;

        public ModelItem[] Items { get; } = [.. Enumerable.Range(0, StateMachineTests.Items).Select(_ => new ModelItem())];

        public void Claim(int item)
        {
            Assert.False(cancelled);
            Assert.True(Items[item].State is ItemState.Pending or ItemState.WaitingRetry);
            Items[item].State = ItemState.InFlight;
        }

        public void Release()
        {
            foreach (ModelItem item in Items.Where(i => i.State == ItemState.InFlight))
            {
                item.State = ItemState.Pending;
            }
        }

        public void Cancel()
        {
            cancelled = true;
            foreach (ModelItem item in Items.Where(i => i.State is ItemState.Pending or ItemState.InFlight or ItemState.WaitingRetry))
            {
                (item.State, item.Epoch) = (ItemState.Cancelled, item.Epoch + 1);
            }
        }

        public int Replay()
        {
            ModelItem[] failed = [.. Items.Where(i => i.State is ItemState.Quarantined or ItemState.Failed)];
            foreach (ModelItem item in failed)
            {
                (item.State, item.Epoch, item.Attempt) = (ItemState.Pending, item.Epoch + 1, 0);
                item.Failed.Clear();
                item.Settled.Clear();
            }

            return failed.Length;
        }

        public bool Apply(int index, string stage, StageOutcome outcome, int epoch, int attempt)
        {
            ModelItem item = Items[index];
            bool open = item.State is ItemState.Pending or ItemState.InFlight or ItemState.WaitingRetry;
            if (!open || epoch != item.Epoch || item.Succeeded.Contains(stage) || item.Settled.Contains(stage))
            {
                return false;
            }

            if (outcome == StageOutcome.Transient)
            {
                if (item.State != ItemState.InFlight || attempt != item.Attempt)
                {
                    return false;
                }

                if (item.Attempt < 4)
                {
                    (item.State, item.Attempt) = (ItemState.WaitingRetry, item.Attempt + 1);
                    return true;
                }
            }

            if (outcome is StageOutcome.Done or StageOutcome.Cached)
            {
                item.Succeeded.Add(stage);
            }
            else
            {
                item.Failed[stage] = outcome;
                item.Settled.UnionWith(StageGraph.Stages(StageGraph.WithDescendants(stage)));
            }

            if (item.Succeeded.Union(item.Settled).Count() == 5)
            {
                string? first = StageNames.All.FirstOrDefault(item.Failed.ContainsKey);
                item.State = first is null ? ItemState.Done : item.Failed[first] == StageOutcome.Transient ? ItemState.Failed : ItemState.Quarantined;
            }

            return true;
        }
    }

    private sealed class ModelItem
    {
        public ItemState State { get; set; }

        public int Epoch { get; set; }

        public int Attempt { get; set; }

        public HashSet<string> Succeeded { get; } = [];

        public HashSet<string> Settled { get; } = [];

        public Dictionary<string, StageOutcome> Failed { get; } = [];
    }
}
