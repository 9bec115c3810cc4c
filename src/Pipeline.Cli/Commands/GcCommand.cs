using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Pipeline.Cli.Cluster;
using Pipeline.Cli.Storage;
using Pipeline.Contracts.Json;
using Pipeline.Hosting;
using Pipeline.Hosting.Connections;
using Pipeline.Ledger;
using Pipeline.Stages.Collecting;
using Pipeline.Storage.Collection;
using Pipeline.Storage.Objects;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe gc</c>: finds artefacts that no job needs, and deletes them when told to.</summary>
internal static class GcCommand
{
    private const int SafeGraceHours = 48; // twice the age at which used objects are renewed

    public static Command Create()
    {
        Option<string?> store = new("--store") { Description = "The store: a folder or s3://bucket/prefix (MOODPIPE_STORE). A run's own is OUT/.moodpipe/artefacts." };
        Option<string[]> ledgers = new("--ledger") { Description = "Every ledger whose jobs use the store, a file or postgres://...; repeatable (MOODPIPE_LEDGER). A run's own is OUT/.moodpipe/ledger.db." };
        Option<bool> apply = new("--apply") { Description = "List what is doomed in the store, and delete what an earlier list doomed and is doomed still. Without it nothing is changed." };
        Option<int> grace = new("--grace-hours") { Description = "Age below which nothing is garbage.", DefaultValueFactory = _ => 72 };
        Option<int> settle = new("--settle-hours") { Description = "How long a list rests before it is acted on.", DefaultValueFactory = _ => 24 };
        Option<bool> idle = new("--no-jobs-running") { Description = "No job uses the store: allows a grace below 48 hours." };
        Option<bool> json = new("--json") { Description = "Print the counts as JSON." };
        StoragePlaces places = new();
        Command command = new("gc", "Find artefacts that no job needs any more, and delete them with --apply.") { store, ledgers, apply, grace, settle, idle, json };
        places.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(grace) is var hours && (hours < 0 || (hours < SafeGraceHours && !parsed.GetValue(idle))))
            {
                throw CommandFailure.Usage($"--grace-hours must be at least {SafeGraceHours} while jobs may run, because what a job finds in the store is renewed once a day; add --no-jobs-running if none does");
            }

            if (parsed.GetValue(settle) < 0)
            {
                throw CommandFailure.Usage("--settle-hours must be at least 0");
            }

            var options = new CollectionOptions { Apply = parsed.GetValue(apply), Grace = TimeSpan.FromHours(hours), Settle = TimeSpan.FromHours(parsed.GetValue(settle)) };
            using DrainSignal signal = new();
            SettingsSource settings = places.Settings(parsed);
            string[] named = parsed.GetValue(ledgers) is { Length: > 0 } given ? given : [settings.Require("ledger", "--ledger postgres://moodpipe@db.example/moodpipe")];
            using IObjectSpace space = ObjectSpaces.Open(parsed.GetValue(store) ?? settings.Require("store", "--store s3://artefacts/moodpipe"), places.Options(parsed));
            CollectionReport report = await new GarbageCollection(space, options).RunAsync(NeededAsync(named, settings, signal.Drain), signal.Drain).ConfigureAwait(false);
            Print(report, options, parsed.GetValue(json));
            return ExitCodes.Done;
        });
        return HelpWithExamples.Describe(
            command, "moodpipe gc --store out/.moodpipe/artefacts --ledger out/.moodpipe/ledger.db", "moodpipe gc --store s3://artefacts/moodpipe --ledger postgres://moodpipe@db.example/moodpipe --apply");
    }

    private static async IAsyncEnumerable<string> NeededAsync(string[] ledgers, SettingsSource settings, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (string address in ledgers)
        {
            // An empty ledger that this command makes would doom everything.
            ILedger ledger = await Connections.ExistingLedgerAsync(address, settings, cancellation).ConfigureAwait(false);
            await using (ledger.ConfigureAwait(false))
            {
                await foreach (string digest in NeededArtefacts.OfAsync(ledger, cancellation).ConfigureAwait(false))
                {
                    yield return digest;
                }
            }
        }
    }

    private static void Print(CollectionReport report, CollectionOptions options, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, ContractJson.Options));
            return;
        }

        Console.Out.WriteLine($"kept     {report.KeptManifests} manifests, {report.KeptBlobs} blobs, {Size(report.KeptBytes)}");
        Console.Out.WriteLine($"doomed   {report.DoomedManifests} manifests, {report.DoomedObjects} other objects, {Size(report.DoomedBytes)}");
        if (report.UnreadableManifests > 0)
        {
            Console.Out.WriteLine($"warning  {report.UnreadableManifests} manifests cannot be read; they stay, what they name does not");
        }

        Console.Out.WriteLine(!options.Apply ? "dry run: nothing was changed; --apply lists and, a day later, deletes"
            : $"deleted  {report.Deleted} objects, {Size(report.DeletedBytes)}; spared {report.Spared} that came into use; the rest is due from {report.DueAt:u}");
    }

    private static string Size(long bytes) => bytes >= 1L << 30 ? $"{bytes / (double)(1L << 30):0.0} GiB" : $"{bytes / (double)(1 << 20):0.0} MiB";
}
