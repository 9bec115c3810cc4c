using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Tests;

/// <summary>What a ledger of one job should do, in plain C#: the items of pictures 0 and 1, 2, 3 to 5.</summary>
internal sealed class ModelLedger(int items)
{
    private bool cancelled;

    public ModelItem[] Items { get; } = [.. Enumerable.Range(0, items).Select(_ => new ModelItem())];

    public void Claim(PictureDispatch dispatch)
    {
        Assert.False(cancelled);
        Assert.True(!dispatch.Suspect || (dispatch.Items.Count == 1 && !Items.Any(i => i.Crashes > 0 && i.State == ItemState.InFlight)), "a suspect does not travel alone");
        foreach (ModelItem item in dispatch.Items.Select(i => Items[i.Item]))
        {
            Assert.True(item.State is ItemState.Pending or ItemState.WaitingRetry);
            Assert.Equal((item.Attempt, item.Epoch, item.Crashes > 0), (dispatch.Attempt, dispatch.Epoch, dispatch.Suspect));
            item.State = ItemState.InFlight;
        }
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
        foreach (ModelItem item in Items.Where(i => i.IsOpen))
        {
            (item.State, item.Epoch) = (ItemState.Cancelled, item.Epoch + 1);
        }
    }

    public int Replay()
    {
        ModelItem[] failed = [.. Items.Where(i => !cancelled && i.State is ItemState.Quarantined or ItemState.Failed)];
        foreach (ModelItem item in failed)
        {
            (item.State, item.Epoch, item.Attempt, item.Crashes) = (ItemState.Pending, item.Epoch + 1, 0, Math.Min(1, item.Crashes));
            item.Failed.Clear();
            item.Settled.Clear();
        }

        return failed.Length;
    }

    public bool Apply(int index, string stage, StageOutcome outcome, int epoch, int attempt)
    {
        ModelItem item = Items[index];
        if (!item.IsOpen || epoch != item.Epoch || item.Succeeded.Contains(stage) || item.Settled.Contains(stage))
        {
            return false;
        }

        if (outcome is StageOutcome.Transient or StageOutcome.Crash && (item.State != ItemState.InFlight || attempt != item.Attempt))
        {
            return false;
        }

        if (outcome == StageOutcome.Transient && Math.Max(0, item.Attempt - item.Crashes) < 4)
        {
            (item.State, item.Attempt) = (ItemState.WaitingRetry, item.Attempt + 1);
            return true;
        }

        if (outcome == StageOutcome.Crash && ++item.Crashes < 2)
        {
            (item.State, item.Attempt) = (ItemState.Pending, item.Attempt + 1);
            return true;
        }

        item.Settle(stage, outcome);
        return true;
    }

    internal sealed class ModelItem
    {
        public ItemState State { get; set; }

        public int Epoch { get; set; }

        public int Attempt { get; set; }

        public int Crashes { get; set; }

        public HashSet<string> Succeeded { get; } = [];

        public HashSet<string> Settled { get; } = [];

        public Dictionary<string, StageOutcome> Failed { get; } = [];

        public bool IsOpen => State is ItemState.Pending or ItemState.InFlight or ItemState.WaitingRetry;

        public void Settle(string stage, StageOutcome outcome)
        {
            if (outcome is StageOutcome.Done or StageOutcome.Cached)
            {
                Succeeded.Add(stage);
            }
            else
            {
                Failed[stage] = outcome;
                Settled.UnionWith(StageGraph.Stages(StageGraph.WithDescendants(stage)));
            }

            if (Succeeded.Union(Settled).Count() == 5)
            {
                string? first = StageNames.All.FirstOrDefault(Failed.ContainsKey);
                State = first is null ? ItemState.Done : Failed[first] == StageOutcome.Transient ? ItemState.Failed : ItemState.Quarantined;
            }
        }
    }
}
