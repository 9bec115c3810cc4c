using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Coordinator.Jobs;
using Pipeline.Coordinator.Planning;

namespace Pipeline.Coordinator.Http;

/// <summary>The operation that forecasts a job.</summary>
internal sealed class PlanRoute(CoordinatorService service, ServerOptions options)
{
    private static readonly (string Name, string Type, string Text)[] Own =
    [
        ("sample", "integer", "Pictures that are looked up in the store, 1 to 10000; default 1000"),
        ("stageSeconds", "string", "Compute seconds of an item by stage instead of measured ones, such as edit=4,caption=0.5"),
        ("pricePerHour", "number", "Price of an hour of computation; default: the installation's"),
        ("profiles", "string", "How the stages will be run, as JSON: by stage implementation, models and options; default: what the workers say"),
    ];

    public ApiRoute Create() => new()
    {
        Method = "POST", Path = "/plans", Name = "planJob",
        Summary = "Forecasts a job: counts, what of it is stored already, predicted computation and cost. The manifest is the body. Nothing is written.",
        Query = [.. RequestReader.JobParameters, .. Own], TakesManifest = true, Answer = typeof(PlanView), Problems = [400, 401, 413, 415, 422, 503], Handle = PlanAsync,
    };

    private async Task PlanAsync(HttpContext context)
    {
        PlanRequest request = Read(context.Request);
        RequestReader.RequireManifest(context.Request);
        PlanView plan = await service.Planner.PlanAsync(request, context.Request.Body, options.PricePerHour, context.RequestAborted).ConfigureAwait(false);
        await Json.WriteAsync(context, 200, plan).ConfigureAwait(false);
    }

    private static PlanRequest Read(HttpRequest request)
    {
        RequestReader.RequireKnown(request, RequestReader.JobParameters.Concat(Own).Select(p => p.Name));
        var plan = new PlanRequest
        {
            Job = RequestReader.Job(request),
            StageSeconds = RequestReader.Text(request, "stageSeconds") is { } seconds ? Seconds(seconds) : new Dictionary<string, double>(),
            PricePerHour = RequestReader.Number(request, "pricePerHour"),
            Profiles = RequestReader.Text(request, "profiles") is { } profiles ? Profiles(profiles) : null,
        };
        plan = RequestReader.Whole(request, "sample") is { } sample ? plan with { Sample = sample } : plan;
        return plan.Sample is >= 1 and <= PlanRequest.MaxSample && plan.PricePerHour is null or >= 0
            ? plan
            : throw new SubmissionException(ErrorCodes.Parameter, $"sample: 1 to {PlanRequest.MaxSample}; pricePerHour: not negative");
    }

    private static Dictionary<string, double> Seconds(string text)
    {
        var seconds = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string[] pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2, StringSplitOptions.TrimEntries)))
        {
            seconds[pair[0]] = StageNames.All.Contains(pair[0]) && pair.Length == 2 && double.TryParse(pair[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1e9
                ? value
                : throw new SubmissionException(ErrorCodes.Parameter, $"stageSeconds: write {string.Join(',', StageNames.All.Select(s => s + "=SECONDS"))}, or some of these");
        }

        return seconds;
    }

    private static Dictionary<string, StageProfile> Profiles(string json)
    {
        try
        {
            return ContractJson.Deserialize<Dictionary<string, StageProfile>>(Encoding.UTF8.GetBytes(json));
        }
        catch (JsonException e)
        {
            throw new SubmissionException(ErrorCodes.Parameter, $"profiles: {e.Message}", e);
        }
    }
}
