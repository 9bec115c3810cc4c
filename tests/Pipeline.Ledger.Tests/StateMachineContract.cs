using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Tests;

/// <summary>Random histories of claims, duplicate, stale and reordered results, releases, retries, crashes, replays, cancels and restarts, against a model in plain C#.</summary>
public abstract class StateMachineContract
{
    private const int Items = 6;

    private protected abstract Task<ITestDatabase> CreateAsync();

    [Fact]
    public async Task Any_history_gives_the_states_of_the_model_and_true_counters()
    {
        await using LedgerFixture fixture = await LedgerFixture.CreateAsync(await CreateAsync());
        Prop.ForAll(
            ArbMap.Default.ArbFor<(byte, byte, byte)[]>(),
            history =>
            {
                Run(fixture, history).GetAwaiter().GetResult();
                return true;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(60));
    }

    [Fact]
    public async Task The_final_ledger_does_not_depend_on_order_or_repetition_or_batches()
    {
        await using LedgerFixture fixture = await LedgerFixture.CreateAsync(await CreateAsync());
        Prop.ForAll(
            ArbMap.Default.ArbFor<uint>(),
            seed => FinalState(fixture, seed, shuffled: false).GetAwaiter().GetResult() == FinalState(fixture, seed, shuffled: true).GetAwaiter().GetResult())
        .Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    private static async Task Run(LedgerFixture fixture, (byte Op, byte A, byte B)[] history)
    {
        await fixture.Database.ClearAsync();
        await fixture.Import(LedgerFixture.Picture(0, "a", "b"), LedgerFixture.Picture(1, "a"), LedgerFixture.Picture(2, "a", "b", "c"));
        var model = new ModelLedger(Items);
        foreach ((byte op, byte a, byte b) in history)
        {
            await Step(fixture, model, op % 16, a, b);
        }

        Assert.Equal(model.Items.Select(i => (i.State, i.Epoch, i.Attempt, i.Crashes)), (await fixture.Items()).Select(i => (i.State, i.Epoch, i.Attempt, i.Crashes)));
        await fixture.AssertCountersEqualScan();
    }

    private static async Task Step(LedgerFixture fixture, ModelLedger model, int op, byte a, byte b)
    {
        switch (op)
        {
            case 0 or 1:
                foreach (PictureDispatch dispatch in await fixture.Claim(1 + (a % 4)))
                {
                    model.Claim(dispatch);
                }

                break;
            case 2:
                await fixture.Ledger.ReleaseAsync(a % 2 == 0 ? LedgerFixture.Job : null, all: true, default);
                model.Release();
                break;
            case 3:
                fixture.Time.Now += TimeSpan.FromHours(1);
                break;
            case 4 when a % 4 == 0:
                await fixture.Reopen();
                break;
            case 5 when a % 8 == 0:
                await fixture.Ledger.CancelAsync(LedgerFixture.Job, default);
                model.Cancel();
                break;
            case 6:
                Assert.Equal(model.Replay(), await fixture.Ledger.ReplayAsync(LedgerFixture.Job, ReplaySelection.Everything, default));
                break;
            default:
                int target = a % Items;
                string stage = StageNames.All[b % 5];
                StageOutcome outcome = (b / 5 % 10) switch
                {
                    0 => StageOutcome.Poison, 1 or 2 => StageOutcome.Transient, 3 => StageOutcome.Cached, 4 => StageOutcome.Crash, _ => StageOutcome.Done,
                };
                // Mostly current, sometimes one too old or too young.
                int epoch = model.Items[target].Epoch + (a / Items % 8 == 0 ? -1 : 0);
                int attempt = model.Items[target].Attempt + (a / Items % 8 == 1 ? -1 : 0);
                ApplyReport report = await fixture.Apply(stage, target, outcome, epoch, attempt);
                Assert.Equal(report.Applied == 1, model.Apply(target, stage, outcome, epoch, attempt));
                break;
        }
    }

    // One fixed set of outcomes, delivered in order one by one, or shuffled with repetitions in batches.
    private static async Task<string> FinalState(LedgerFixture fixture, uint seed, bool shuffled)
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

        await fixture.Database.ClearAsync();
        await fixture.Import(LedgerFixture.Picture(0, "a", "b", "c", "d", "e", "f"));
        await fixture.Claim(Items);
        foreach (StageResult[] batch in outcomes.Chunk(shuffled ? 1 + random.Below(20) : 1))
        {
            await fixture.Ledger.ApplyAsync(batch, default);
        }

        await fixture.AssertCountersEqualScan();
        return string.Join(" ", (await fixture.Items()).Select(i => $"{i.State}:{i.Failure?.Stage}"));
    }
}
