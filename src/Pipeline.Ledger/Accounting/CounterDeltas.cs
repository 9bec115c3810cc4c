using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Contracts.Messages;

namespace Pipeline.Ledger.Accounting;

/// <summary>Changes of the counters that belong to one transaction. Jobs are named by their number in the database.</summary>
internal sealed class CounterDeltas
{
    private readonly Dictionary<(long Job, ItemState State), long> items = [];
    private readonly Dictionary<(long Job, int Stage, StageOutcome Outcome), (long Count, long ComputeMs)> outcomes = [];
    private readonly Dictionary<(long Job, int Stage), long> backlog = [];
    private readonly Dictionary<long, long> spentMs = [];

    public IEnumerable<(long Job, ItemState State, long Count)> Items => items.Where(i => i.Value != 0).Select(i => (i.Key.Job, i.Key.State, i.Value));

    public IEnumerable<(long Job, int Stage, StageOutcome Outcome, long Count, long ComputeMs)> Outcomes =>
        outcomes.Where(o => o.Value != default).Select(o => (o.Key.Job, o.Key.Stage, o.Key.Outcome, o.Value.Count, o.Value.ComputeMs));

    public IEnumerable<(long Job, int Stage, long Count)> Backlog => backlog.Where(b => b.Value != 0).Select(b => (b.Key.Job, b.Key.Stage, b.Value));

    public IEnumerable<(long Job, long Ms)> SpentMs => spentMs.Where(s => s.Value != 0).Select(s => (s.Key, s.Value));

    public void Item(long job, ItemState state, long count) => CollectionsMarshal.GetValueRefOrAddDefault(items, (job, state), out _) += count;

    public void Move(long job, ItemState from, ItemState to, long count)
    {
        Item(job, from, -count);
        Item(job, to, count);
    }

    public void Outcome(long job, int stage, StageOutcome outcome, long count, long computeMs)
    {
        ref (long Count, long ComputeMs) value = ref CollectionsMarshal.GetValueRefOrAddDefault(outcomes, (job, stage, outcome), out _);
        value = (value.Count + count, value.ComputeMs + computeMs);
    }

    /// <summary>Every stage of a mask is needed by so many open items more (or fewer).</summary>
    public void Needed(long job, int stages, long count)
    {
        for (int rest = stages; rest != 0; rest &= rest - 1)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(backlog, (job, BitOperations.TrailingZeroCount(rest)), out _) += count;
        }
    }

    public void Spend(long job, long ms) => CollectionsMarshal.GetValueRefOrAddDefault(spentMs, job, out _) += ms;
}
