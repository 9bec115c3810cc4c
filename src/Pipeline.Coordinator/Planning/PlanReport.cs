using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Ledger;
using Pipeline.Stages.Planning;

namespace Pipeline.Coordinator.Planning;

/// <summary>Turns what was counted into a forecast.</summary>
internal sealed class PlanReport(PlanRequest request, int stageMask, PlanTally tally, StageKeys keys, MeasuredCosts costs, IReadOnlyList<WorkerInfo> workers)
{
    private const int ShownEmotions = 100;
    private readonly List<string> notes = [];

    /// <summary>The forecast.</summary>
    public PlanView Create(double? price)
    {
        PlanStageView[] stages = [.. StageGraph.Stages(stageMask).Select(Stage)];
        double? seconds = stages.All(s => s.Seconds is not null) ? stages.Sum(s => s.Seconds!.Value) : null;
        AddNotes(stages, seconds);
        return new PlanView
        {
            Method = request.Job.Defaults.Method,
            Pictures = tally.Pictures,
            Items = tally.Items,
            Emotions = tally.Emotions.OrderByDescending(e => e.Value).ThenBy(e => e.Key, StringComparer.Ordinal).Take(ShownEmotions).ToDictionary(e => e.Key, e => e.Value),
            BadLines = tally.BadLines,
            ExaminedPictures = tally.ExaminedPictures,
            Exact = tally.Sample.IsWhole,
            FoundItems = OfItems(tally.FoundItems),
            UnreadablePictures = OfPictures(tally.Unreadable),
            ImpossibleItems = OfItems(tally.ImpossibleItems),
            Stages = stages,
            DeviceSeconds = seconds,
            WallSeconds = Wall(stages, seconds),
            PricePerHour = price,
            Cost = price is { } hour && seconds is { } all ? hour * all / 3600 : null,
            Notes = notes,
        };
    }

    private PlanStageView Stage(string stage)
    {
        StageCount count = tally.Stage(stage);
        Func<long, long> scaled = keys.Knows(stage) && keys.ScopeOf(stage) == Stages.Core.UnitScope.Picture ? OfPictures : OfItems;
        StageCost cost = request.StageSeconds.TryGetValue(stage, out double given) ? new StageCost(given, "given", 0) : costs.Of(stage);
        long items = OfItems(count.ItemsToCompute + count.ItemsUnknown);
        (long units, long found, long unknown) = (scaled(count.Units), scaled(count.Found), scaled(count.Unknown));
        return new PlanStageView
        {
            Stage = stage,
            Units = units,
            Found = found,
            Unknown = unknown,
            ToCompute = Math.Max(0, units - found - unknown),
            SecondsPerItem = cost.Seconds,
            SecondsFrom = cost.From,
            Seconds = items == 0 ? 0 : cost.Seconds * items,
            Workers = workers.Count(w => w.Beat.Stages.Contains(stage)),
        };
    }

    // Neither can a stage be faster than its workers, nor all of them together than all workers.
    private double? Wall(PlanStageView[] stages, double? seconds)
    {
        PlanStageView[] working = [.. stages.Where(s => s.Seconds is not 0)];
        return seconds is not { } all || working.Any(s => s.Workers == 0) ? null
            : working.Length == 0 ? 0
            : Math.Max(all / workers.Count, working.Max(s => s.Seconds!.Value / s.Workers));
    }

    private void AddNotes(PlanStageView[] stages, double? seconds)
    {
        if (!tally.Sample.IsWhole)
        {
            notes.Add($"{tally.ExaminedPictures} of {tally.Pictures} pictures were looked up; the rest is counted like them");
        }

        if (stages.Where(s => !keys.Knows(s.Stage)).Select(s => s.Stage).ToArray() is { Length: > 0 } strange)
        {
            notes.Add($"no worker has said how it runs {string.Join(", ", strange)}, so nothing can be looked up there: start the workers, or plan with --models");
        }

        if (tally.Unreadable > 0)
        {
            notes.Add($"{OfPictures(tally.Unreadable)} pictures could not be read here, so nothing can be looked up for them; the first: {tally.Problem}");
        }

        if (tally.ImpossibleItems > 0)
        {
            notes.Add($"{OfItems(tally.ImpossibleItems)} items will fail{(tally.Unreadable > 0 ? "" : $"; the first: {tally.Problem}")}");
        }

        if (stages.Sum(s => s.Unknown) is > 0 and var unknown)
        {
            notes.Add($"of {unknown} units it cannot be told, because what they read is not made yet: they are predicted as computed");
        }

        if (stages.Where(s => s.Seconds is null).Select(s => s.Stage).ToArray() is { Length: > 0 } priceless)
        {
            notes.Add($"no job has measured {string.Join(", ", priceless)} yet: give --stage-seconds {string.Join(',', priceless.Select(s => $"{s}=SECONDS"))}");
        }

        if (request.Job.BudgetSeconds is { } budget && seconds > budget)
        {
            notes.Add($"more than the budget of {budget:0.#} compute seconds: the job would be paused on its way");
        }
    }

    private long OfItems(long count) => Scale(count, tally.Items, tally.ExaminedItems);

    private long OfPictures(long count) => Scale(count, tally.Pictures, tally.ExaminedPictures);

    private long Scale(long count, long all, long examined) => tally.Sample.IsWhole || examined == 0 ? count : (long)Math.Round(count * (double)all / examined);
}
