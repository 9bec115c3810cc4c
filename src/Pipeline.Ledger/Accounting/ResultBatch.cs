using System.Numerics;
using System.Runtime.InteropServices;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Accounting;

/// <summary>
/// Decides what outcomes change, without a database: the one state machine of items. An outcome counts if the item is open, the epoch is current and the stage is not resolved yet;
/// everything else changes nothing, so outcomes may come twice, late and in any order. What has changed is collected for the database to write in one transaction.
/// </summary>
internal sealed class ResultBatch(RetryPolicy retry, long now)
{
    private static readonly ApplyReport Nothing = new() { Ignored = 1 };
    private readonly Dictionary<(long Job, long Seq), ItemRow> changed = [];
    private readonly Dictionary<ErrorKey, ErrorRow> errors = [];

    public IEnumerable<(long Job, ItemRow Item)> Changed => changed.Select(c => (c.Key.Job, c.Value));

    public List<StageOutcomeRow> Outcomes { get; } = [];

    public IReadOnlyCollection<ErrorRow> Errors => errors.Values;

    public CounterDeltas Counters { get; } = new();

    /// <summary>Applies one outcome; the item is null where the ledger does not know it. Equal items must be given as the same object.</summary>
    public ApplyReport Apply(long job, int stageMask, ItemRow? item, StageResult result, StageResultEntry entry)
    {
        int stage = IndexOf(result.Stage);
        if (item is not { IsOpen: true } || item.Epoch != result.Epoch || stage < 0 || ((stageMask & ~item.Resolved) >> stage & 1) == 0)
        {
            return Nothing;
        }

        var subject = new Subject(job, stageMask, item, stage, result, entry with { ComputeMs = Math.Max(0, entry.ComputeMs) });
        ApplyReport report = entry.Outcome switch
        {
            StageOutcome.Done or StageOutcome.Cached => Resolve(subject, 1 << stage, failed: 0, exhausted: 0),
            StageOutcome.Transient => Retry(subject),
            StageOutcome.Poison => Fail(subject, exhausted: 0),
            StageOutcome.Crash => Suspect(subject),
            _ => Nothing,
        };
        if (report.Applied > 0)
        {
            changed[(job, item.Seq)] = item;
            Counters.Spend(job, subject.Entry.ComputeMs);
        }

        return report;
    }

    private static int IndexOf(string stage)
    {
        for (int i = 0; i < StageNames.All.Count; i++)
        {
            if (StageNames.All[i] == stage)
            {
                return i;
            }
        }

        return -1;
    }

    private ApplyReport Retry(Subject s)
    {
        if (!IsCurrentTry(s))
        {
            return Nothing;
        }

        // A crash is not the world's fault and costs none of the tries.
        if (retry.DelayAfter(Math.Max(0, s.Item.Attempt - s.Item.Crashes)) is not { } delay)
        {
            return Fail(s, exhausted: 1 << s.Stage);
        }

        Note(s);
        Counters.Move(s.Job, s.Item.State, ItemState.WaitingRetry, 1);
        (s.Item.State, s.Item.Attempt, s.Item.NextAt) = (ItemState.WaitingRetry, s.Item.Attempt + 1, now + (long)delay.TotalMilliseconds);
        return new ApplyReport { Applied = 1, Retried = 1 };
    }

    private ApplyReport Suspect(Subject s)
    {
        if (!IsCurrentTry(s))
        {
            return Nothing;
        }

        s.Item.Crashes++;
        if (s.Item.Crashes >= retry.MaxCrashes)
        {
            return Fail(s, exhausted: 0);
        }

        Note(s);
        Counters.Move(s.Job, s.Item.State, ItemState.Pending, 1);
        (s.Item.State, s.Item.Attempt) = (ItemState.Pending, s.Item.Attempt + 1);
        return new ApplyReport { Applied = 1, Suspected = 1 };
    }

    private ApplyReport Fail(Subject s, int exhausted)
    {
        Note(s);
        int settled = StageGraph.WithDescendants(StageNames.All[s.Stage]) & s.StageMask & ~s.Item.Resolved;
        return Resolve(s, settled, failed: 1 << s.Stage, exhausted);
    }

    private ApplyReport Resolve(Subject s, int settled, int failed, int exhausted)
    {
        Outcomes.Add(new StageOutcomeRow(s.Job, s.Stage, s.Entry, s.Result.WorkerId, s.Result.Device));
        Counters.Outcome(s.Job, s.Stage, s.Entry.Outcome, 1, s.Entry.ComputeMs);
        Counters.Needed(s.Job, settled, -1);
        ItemRow item = s.Item;
        item.Resolved |= settled;
        item.Failed |= failed;
        item.Exhausted |= exhausted;
        if ((item.Resolved & s.StageMask) != s.StageMask)
        {
            return new ApplyReport { Applied = 1 };
        }

        ItemState final = Final(item);
        Counters.Move(s.Job, item.State, final, 1);
        item.State = final;
        return new ApplyReport { Applied = 1, Done = final == ItemState.Done ? 1 : 0, Failed = final == ItemState.Done ? 0 : 1 };
    }

    // The earliest failed stage decides, whichever branch was reported first.
    private static ItemState Final(ItemRow item)
    {
        if (item.Failed == 0)
        {
            return ItemState.Done;
        }

        int first = 1 << BitOperations.TrailingZeroCount(item.Failed);
        return (item.Exhausted & first) != 0 ? ItemState.Failed : ItemState.Quarantined;
    }

    private static bool IsCurrentTry(Subject s) => s.Item.State == ItemState.InFlight && s.Entry.Attempt == s.Item.Attempt;

    private void Note(Subject s)
    {
        ItemError error = s.Entry.Error ?? new ItemError { Code = "PIPE0000", Message = "the worker gave no reason", Fingerprint = "none" };
        var key = new ErrorKey(s.Job, s.Item.Seq, s.Stage, Text.Cut(error.Fingerprint, 200));
        ref ErrorRow? row = ref CollectionsMarshal.GetValueRefOrAddDefault(errors, key, out _);
        row = new ErrorRow(key, s.Entry.Attempt, Text.Cut(error.Code, 100), Text.CutOrNull(error.Type, 500), Text.Cut(error.Message, ItemError.MaxMessage), (row?.Count ?? 0) + 1);
    }

    private sealed record Subject(long Job, int StageMask, ItemRow Item, int Stage, StageResult Result, StageResultEntry Entry);
}
