using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Cli.Cluster;
using Pipeline.Contracts.Json;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Coordinator.Planning;
using Pipeline.Hosting;
using Pipeline.Models;
using Pipeline.Stages.Modelling;
using Pipeline.Stages.Planning;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe plan</c>: what a job would need before it is submitted. Always a dry run.</summary>
internal static class PlanCommand
{
    private static readonly ClientOptions Client = new();
    private static readonly JobOptions Job = new();
    private static readonly Option<bool> Dry = new("--dry-run") { Description = "A plan never submits or writes anything; the option only says so." };
    private static readonly Option<int> Sample = new("--sample") { Description = "Pictures that are looked up in the store, 1 to 10000; the others are counted like them.", DefaultValueFactory = _ => 1000 };
    private static readonly Option<string?> Seconds = new("--stage-seconds") { Description = "Compute seconds of an item by stage instead of those measured in earlier jobs, such as edit=4,caption=0.5." };
    private static readonly Option<double?> Price = new("--price-per-hour") { Description = "Price of an hour of computation (default: the coordinator's)." };
    private static readonly Option<string?> Models = new("--models") { Description = "Plan for workers with the models of this folder (default: as the workers say that they have)." };
    private static readonly Option<string?> Digests = new("--digest-cache") { Description = "File that remembers the digests of the models of --models." };
    private static readonly Option<bool> SkipBad = new("--skip-bad-lines") { Description = "Leave manifest lines with errors out." };

    public static Command Create()
    {
        Command command = new("plan", "Forecast a job: what it asks for, how much of it is stored already, predicted computation and cost. Nothing is submitted.")
        {
            Dry, Sample, Seconds, Price, Models, Digests, SkipBad,
        };
        Job.AddTo(command);
        Client.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return HelpWithExamples.Describe(
            command,
            "moodpipe plan --dry-run photos/ --emotions joy,sadness",
            "moodpipe plan --manifest job.jsonl --stage-seconds edit=4 --price-per-hour 2.5 --json");
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        JobInput input = Job.Read(parsed);
        if (parsed.GetValue(Sample) is < 1 or > PlanRequest.MaxSample)
        {
            throw CommandFailure.Usage($"--sample must lie in 1..{PlanRequest.MaxSample}");
        }

        using CoordinatorClient client = Client.Connect(parsed);
        using DrainSignal signal = new();
        string query = JobQueryText.Of(
            input,
            ("sample", $"{parsed.GetValue(Sample)}"), ("stageSeconds", parsed.GetValue(Seconds)), ("pricePerHour", parsed.GetValue(Price)?.ToString("R", CultureInfo.InvariantCulture)),
            ("skipBadLines", parsed.GetValue(SkipBad) ? "true" : null), ("profiles", parsed.GetValue(Models) is { } models ? Profiles(models, parsed.GetValue(Digests)) : null));
        PlanView plan = await client.PostManifestAsync<PlanView>($"/plans?{query}", input.Open, signal.Drain).ConfigureAwait(false);
        Console.Out.WriteLine(parsed.GetValue(Client.Json) ? JsonSerializer.Serialize(plan, ContractJson.Options) : PlanText.Of(plan));
        return ExitCodes.Done;
    }

    // The digests of the models, as workers would report them; no model is loaded.
    private static string Profiles(string models, string? digestCache)
    {
        try
        {
            using var catalog = new StageCatalog(new StageCatalogOptions { Models = models, DigestCache = digestCache });
            return JsonSerializer.Serialize(StageKeys.Profiles(catalog.Stages().Select(s => s.Stage)), ContractJson.Options);
        }
        catch (ModelFormatException e)
        {
            throw CommandFailure.Environment(e.Message);
        }
    }
}
