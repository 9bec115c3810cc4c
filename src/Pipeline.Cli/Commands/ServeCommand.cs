using System.CommandLine;
using Pipeline.Cli.Cluster;
using Pipeline.Coordinator;
using Pipeline.Coordinator.Admission;
using Pipeline.Hosting.Connections;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe serve</c>: a coordinator. Start two of them, and the second takes over when the first one dies.</summary>
internal static class ServeCommand
{
    private static readonly CoordinatorOptions Standard = new() { OutputRoot = "." };

    private static readonly ConnectionOptions Connected = new ConnectionOptions().Broker().Store().Ledger();
    private static readonly Option<string?> Output = new("--out") { Description = "Data sets: a folder or s3://BUCKET/PREFIX; each job's is below it (MOODPIPE_OUT)." };
    private static readonly Option<string> Http = new("--http") { Description = "Where the API listens; port 0 takes a free one.", DefaultValueFactory = _ => "http://127.0.0.1:7300" };
    private static readonly Option<string?> TokenFile = new("--token-file") { Description = "File whose first line clients must send as their token (or MOODPIPE_TOKEN, or token in the settings file)." };
    private static readonly Option<string[]> SourceRoots = new("--source-root") { Description = "Folder whose pictures jobs and forecasts may list and read here, repeatable (default: every folder that the process may read)." };
    private static readonly Option<double?> Price = new("--price-per-hour") { Description = "Price of an hour of computation, for the costs that are shown." };
    private static readonly Option<int> Lease = new("--item-lease-seconds") { Description = "Seconds without a sign of life after which an item is given out again.", DefaultValueFactory = _ => (int)Standard.ItemLease.TotalSeconds };
    private static readonly Option<int> LeaderLease = new("--leader-lease-seconds") { Description = "Seconds that leadership holds without renewal.", DefaultValueFactory = _ => (int)Standard.LeaderLease.TotalSeconds };
    private static readonly Option<int> Window = new("--window-per-worker") { Description = "Items under way for each live worker of the rarest stage.", DefaultValueFactory = _ => Standard.Window.PerWorker };
    private static readonly Option<int> LeastWindow = new("--least-window") { Description = "Fewest items under way, however few workers there are.", DefaultValueFactory = _ => Standard.Window.Least };
    private static readonly Option<string?> Delays = new("--retry-seconds") { Description = "Waits before the second, third, ... try, separated by commas (default 30,120,600,1800)." };
    private static readonly Option<bool> Deploy = new("--deploy-topology") { Description = "Declare the broker's queues and policies at the start (otherwise: moodpipe topology deploy)." };

    public static Command Create()
    {
        Command command = new("serve", "Coordinate jobs over workers: takes them in over HTTP, gives out work, keeps the books, writes the data sets.")
        {
            Output, Http, TokenFile, SourceRoots, Price, Lease, LeaderLease, Window, LeastWindow, Delays, Deploy,
        };
        Connected.AddTo(command);
        command.SetAction((parsed, _) => new ServeSession(Read(parsed)).RunAsync());
        return HelpWithExamples.Describe(
            command,
            "moodpipe serve --broker amqp://rabbit.example/moodpipe --store s3://artefacts/moodpipe --ledger postgres://db.example/moodpipe --out s3://results",
            "moodpipe serve --config cluster.yaml --http http://0.0.0.0:7300 --token-file token");
    }

    private static ServeRequest Read(ParseResult parsed)
    {
        SettingsSource settings = Connected.Read(parsed);
        return new ServeRequest(settings)
        {
            Output = parsed.GetValue(Output) ?? settings.Require("out", "--out s3://results"),
            Http = Uri.TryCreate(parsed.GetValue(Http), UriKind.Absolute, out Uri? http) && http is { Scheme: "http", AbsolutePath: "/" } ? http
                : throw CommandFailure.Usage("--http must look like http://127.0.0.1:7300"),
            TokenFile = parsed.GetValue(TokenFile),
            SourceRoots = parsed.GetValue(SourceRoots) is { Length: > 0 } roots ? roots : null,
            PricePerHour = parsed.GetValue(Price) is null or >= 0 ? parsed.GetValue(Price) : throw CommandFailure.Usage("--price-per-hour must not be negative"),
            ItemLease = Seconds(parsed, Lease, 1, 7 * 86_400),
            LeaderLease = Seconds(parsed, LeaderLease, 2, 600),
            Window = new CreditWindow(Number(parsed, Window, 1, 10_000), Number(parsed, LeastWindow, 1, 50_000)),
            RetryDelays = parsed.GetValue(Delays) is { } delays ? [.. delays.Split(',').Select(Delay)] : null,
            DeployTopology = parsed.GetValue(Deploy),
        };
    }

    private static TimeSpan Seconds(ParseResult parsed, Option<int> option, int least, int most) => TimeSpan.FromSeconds(Number(parsed, option, least, most));

    private static int Number(ParseResult parsed, Option<int> option, int least, int most) => parsed.GetValue(option) is var value && value >= least && value <= most
        ? value
        : throw CommandFailure.Usage($"{option.Name} must lie in {least}..{most}");

    private static TimeSpan Delay(string text) => double.TryParse(text, out double seconds) && seconds is >= 0 and <= 86_400 ? TimeSpan.FromSeconds(seconds)
        : throw CommandFailure.Usage("--retry-seconds: write seconds separated by commas, such as 30,120,600");
}
