using System.Globalization;
using System.Text;
using Pipeline.Cli.Run;
using Pipeline.Coordinator.Http.Views;

namespace Pipeline.Cli.Cluster;

/// <summary>Forecasts in words.</summary>
internal static class PlanText
{
    private const int ShownEmotions = 8;

    /// <summary>The whole forecast: totals, a table of stages, what it costs, notes.</summary>
    public static string Of(PlanView plan)
    {
        var text = new StringBuilder();
        string emotions = string.Join(", ", plan.Emotions.Take(ShownEmotions).Select(e => $"{e.Key} {e.Value}")) + (plan.Emotions.Count > ShownEmotions ? ", ..." : "");
        text.AppendLine(Invariant($"{plan.Pictures} pictures, {plan.Items} items by {plan.Method}: {emotions}"));
        text.AppendLine(Invariant($"{plan.FoundItems} items ({100.0 * plan.FoundItems / Math.Max(1, plan.Items):0.#} %) are stored completely"));
        text.AppendLine(Invariant($"  {"stage",-8} {"units",10} {"found",10} {"compute",10} {"unknown",10} {"s/item",9} {"seconds",11}  measured in"));
        foreach (PlanStageView stage in plan.Stages)
        {
            string each = stage.SecondsPerItem is { } seconds ? Invariant($"{seconds:0.###}") : "?";
            string all = stage.Seconds is { } total ? Invariant($"{total:0.#}") : "?";
            text.AppendLine(Invariant($"  {stage.Stage,-8} {stage.Units,10} {stage.Found,10} {stage.ToCompute,10} {stage.Unknown,10} {each,9} {all,11}  {Source(stage.SecondsFrom)}"));
        }

        text.AppendLine(plan.DeviceSeconds is { } device ? Invariant($"computation: {device:0.#} s ({device / 3600:0.##} h){Cost(plan)}{Wall(plan)}") : "computation: not known");
        foreach (string note in plan.Notes)
        {
            text.AppendLine($"note: {note}");
        }

        return text.Append("Nothing was submitted or written.").ToString();
    }

    private static string Cost(PlanView plan) => plan is { Cost: { } cost, PricePerHour: { } price } ? Invariant($", cost {cost:0.##} at {price:0.##} an hour") : "";

    private static string Wall(PlanView plan) => plan.WallSeconds is { } wall ? $", at least {RunText.Duration(TimeSpan.FromSeconds(wall))} with the workers that live" : "";

    private static string Source(string from) => from switch
    {
        "given" => "(given)",
        "sameParameters" => "jobs with these parameters",
        "sameMethod" => "jobs of this method",
        "otherJobs" => "other jobs",
        _ => "-",
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
