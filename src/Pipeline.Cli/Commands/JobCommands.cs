using System.CommandLine;
using System.Text.Json;
using Pipeline.Cli.Cluster;
using Pipeline.Contracts.Json;
using Pipeline.Coordinator.Http.Views;
using Pipeline.Hosting;

namespace Pipeline.Cli.Commands;

/// <summary>Commands about jobs that a coordinator has: status, watch, pause, resume, cancel, replay, dlq.</summary>
internal static class JobCommands
{
    public static IEnumerable<Command> Create() => [Status(), Watch(), Pause(), Resume(), Cancel(), Replay(), DeadLetters()];

    private static Command Status()
    {
        Argument<string?> job = new("JOB") { Description = "Job; without one, all of them are listed.", Arity = ArgumentArity.ZeroOrOne };
        return Build("status", "Where jobs stand: counts, stages, estimate of the time left, failures by cause.", [job], async (client, parsed, print, stop) =>
        {
            if (parsed.GetValue(job) is not { } id)
            {
                foreach (JobView view in (await client.GetAsync<Page<JobView>>("/jobs", stop).ConfigureAwait(false)).Values)
                {
                    print(view, JobText.Line(view));
                }

                return ExitCodes.Done;
            }

            JobView one = await client.GetAsync<JobView>(Path(id), stop).ConfigureAwait(false);
            print(one, JobText.Whole(one).TrimEnd());
            foreach (ErrorView error in (await client.GetAsync<Page<ErrorView>>(Path(id, "/errors?limit=10"), stop).ConfigureAwait(false)).Values)
            {
                print(error, $"  {error.Items} x {error.Stage} {error.Code}: {error.Message} (fingerprint {error.Fingerprint})");
            }

            return ExitCodes.Done;
        }, "moodpipe status", "moodpipe status job-1");
    }

    private static Command Watch()
    {
        Argument<string> job = Job();
        return Build("watch", "Follow a job to its end.", [job], (client, parsed, print, stop) => new JobWatcher(client, parsed.GetValue<bool>("--json")).WatchAsync(parsed.GetValue(job)!, stop), "moodpipe watch job-1");
    }

    private static Command Pause()
    {
        Argument<string> job = Job();
        Option<string?> reason = new("--reason") { Description = "Why, for people." };
        return Build("pause", "Give out no more work of a job; what is under way is finished.", [job, reason], async (client, parsed, print, stop) =>
            Show(await client.PostAsync<JobView>(Path(parsed.GetValue(job)!, "/pause"), new PauseRequest { Reason = parsed.GetValue(reason) }, stop).ConfigureAwait(false), print), "moodpipe pause job-1");
    }

    private static Command Resume()
    {
        Argument<string> job = Job();
        Option<double?> budget = new("--budget-seconds") { Description = "Compute seconds that the job may spend from now on in all; negative for no limit." };
        return Build("resume", "Go on with a paused job.", [job, budget], async (client, parsed, print, stop) =>
            Show(await client.PostAsync<JobView>(Path(parsed.GetValue(job)!, "/resume"), new AdjustRequest { BudgetSeconds = parsed.GetValue(budget) }, stop).ConfigureAwait(false), print), "moodpipe resume job-1");
    }

    private static Command Cancel()
    {
        Argument<string> job = Job();
        return Build("cancel", "Cancel a job: open items are dropped, late outcomes do not count.", [job], async (client, parsed, print, stop) =>
            Show(await client.PostAsync<JobView>(Path(parsed.GetValue(job)!, "/cancel"), null, stop).ConfigureAwait(false), print), "moodpipe cancel job-1");
    }

    private static Command Replay()
    {
        Argument<string> job = Job();
        Option<string?> fingerprint = new("--fingerprint") { Description = "Only items that failed with this cause (moodpipe status JOB names them)." };
        Option<long[]> items = new("--item") { Description = "Only this item, repeatable." };
        Option<string?> stage = new("--stage") { Description = "Only items that failed at this stage first." };
        return Build("replay", "Try failed and quarantined items again; stages that succeeded are not done again.", [job, fingerprint, items, stage], async (client, parsed, print, stop) =>
        {
            var request = new ReplayRequest { Fingerprint = parsed.GetValue(fingerprint), Items = parsed.GetValue(items) is { Length: > 0 } some ? some : null, Stage = parsed.GetValue(stage) };
            CountView opened = await client.PostAsync<CountView>(Path(parsed.GetValue(job)!, "/replay"), request, stop).ConfigureAwait(false);
            print(opened, $"{opened.Count} items are tried again");
            return ExitCodes.Done;
        }, "moodpipe replay job-1", "moodpipe replay job-1 --fingerprint 3f2a");
    }

    private static Command DeadLetters()
    {
        Option<string?> job = new("--job") { Description = "Only those of this job." };
        Option<bool> all = new("--all") { Description = "Settled ones too." };
        Option<long[]> settle = new("--settle") { Description = "Note that this letter is dealt with, repeatable." };
        Option<string> resolution = new("--resolution") { Description = "What became of it.", DefaultValueFactory = _ => "dismissed" };
        return Build("dlq", "Messages that nobody could handle.", [job, all, settle, resolution], async (client, parsed, print, stop) =>
        {
            if (parsed.GetValue(settle) is { Length: > 0 } ids)
            {
                CountView settled = await client.PostAsync<CountView>("/dead-letters/settle", new SettleRequest { Ids = ids, Resolution = parsed.GetValue(resolution)! }, stop).ConfigureAwait(false);
                print(settled, $"{settled.Count} letters are settled");
                return ExitCodes.Done;
            }

            string query = $"/dead-letters?all={(parsed.GetValue(all) ? "true" : "false")}{(parsed.GetValue(job) is { } id ? $"&job={Uri.EscapeDataString(id)}" : "")}";
            foreach (DeadLetterView letter in (await client.GetAsync<Page<DeadLetterView>>(query, stop).ConfigureAwait(false)).Values)
            {
                string about = letter.Job is null ? "" : $" job {letter.Job}{(letter.Items.Count > 0 ? $" items {string.Join(' ', letter.Items.Take(5))}" : "")}";
                print(letter, $"{letter.Id}  {letter.Queue}{about}: {letter.Reason}{(letter.Resolution is { } what ? $" ({what})" : "")}");
            }

            return ExitCodes.Done;
        }, "moodpipe dlq --job job-1", "moodpipe dlq --settle 17 --resolution \"fixed by hand\"");
    }

    private static Argument<string> Job() => new("JOB") { Description = "Job." };

    private static string Path(string job, string rest = "") => $"/jobs/{Uri.EscapeDataString(job)}{rest}";

    private static int Show(JobView job, Action<object, string> print)
    {
        print(job, JobText.Line(job));
        return ExitCodes.Done;
    }

    private static Command Build(
        string name, string description, Symbol[] symbols, Func<CoordinatorClient, ParseResult, Action<object, string>, CancellationToken, Task<int>> act, params string[] examples)
    {
        ClientOptions options = new();
        Command command = new(name, description);
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }

        options.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            bool json = parsed.GetValue(options.Json);
            using CoordinatorClient client = options.Connect(parsed);
            using DrainSignal signal = new();
            return await act(client, parsed, (value, text) => Console.Out.WriteLine(json ? JsonSerializer.Serialize(value, value.GetType(), ContractJson.Options) : text), signal.Drain).ConfigureAwait(false);
        });
        return HelpWithExamples.Describe(command, examples);
    }
}
