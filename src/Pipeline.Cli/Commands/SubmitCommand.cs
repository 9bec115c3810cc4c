using System.CommandLine;
using System.Text.Json;
using Pipeline.Cli.Cluster;
using Pipeline.Contracts.Json;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Hosting;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe submit</c>: hands a job to a coordinator.</summary>
internal static class SubmitCommand
{
    private static readonly ClientOptions Client = new();
    private static readonly JobOptions Job = new();
    private static readonly Option<string?> Id = new("--id") { Description = "Name of the job (default: derived from the request, so that the same request twice is one job)." };
    private static readonly Option<string?> Name = new("--name") { Description = "Name for people." };
    private static readonly Option<string?> Tenant = new("--tenant") { Description = "Owner; all tenants share the installation alike." };
    private static readonly Option<bool> Express = new("--express") { Description = "A small, urgent job: served before all bulk work." };
    private static readonly Option<int> Priority = new("--priority") { Description = "0 to 9, higher gets more.", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> Weight = new("--weight") { Description = "Share among jobs of one tenant and priority.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> Window = new("--window") { Description = "Most items under way (default: as many as the installation allows)." };
    private static readonly Option<double?> Budget = new("--budget-seconds") { Description = "Compute seconds that the job may spend; then it is paused." };
    private static readonly Option<bool> SkipBad = new("--skip-bad-lines") { Description = "Leave manifest lines with errors out instead of refusing the job." };
    private static readonly Option<bool> Wait = new("--wait") { Description = "Wait for the end of the job; exit 1 when items failed." };

    public static Command Create()
    {
        Command command = new("submit", "Hand a job to a coordinator.") { Id, Name, Tenant, Express, Priority, Weight, Window, Budget, SkipBad, Wait };
        Job.AddTo(command);
        Client.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(parsed));
        return HelpWithExamples.Describe(
            command,
            "moodpipe submit photos/ --emotions joy,sadness --server http://127.0.0.1:7300 --wait",
            "moodpipe submit --manifest job.jsonl --source-base s3://pictures/set1 --tenant studio --priority 7");
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        JobInput input = Job.Read(parsed);
        using CoordinatorClient client = Client.Connect(parsed);
        using DrainSignal signal = new();
        JobView job = await client.PostManifestAsync<JobView>($"/jobs?{Query(parsed, input)}", input.Open, signal.Drain).ConfigureAwait(false);
        Console.Out.WriteLine(parsed.GetValue(Client.Json) ? JsonSerializer.Serialize(job, ContractJson.Options) : JobText.Line(job));
        return parsed.GetValue(Wait) ? await new JobWatcher(client, parsed.GetValue(Client.Json)).WatchAsync(job.Id, signal.Drain).ConfigureAwait(false) : ExitCodes.Done;
    }

    private static string Query(ParseResult parsed, JobInput input) => JobQueryText.Of(
        input,
        ("id", parsed.GetValue(Id)), ("name", parsed.GetValue(Name)), ("tenant", parsed.GetValue(Tenant)), ("class", parsed.GetValue(Express) ? "express" : null),
        ("priority", $"{parsed.GetValue(Priority)}"), ("weight", $"{parsed.GetValue(Weight)}"), ("window", parsed.GetValue(Window)?.ToString()),
        ("budgetSeconds", parsed.GetValue(Budget)?.ToString("R", System.Globalization.CultureInfo.InvariantCulture)), ("skipBadLines", parsed.GetValue(SkipBad) ? "true" : null));
}
