using System.CommandLine;
using System.Text.Json;
using Pipeline.Cli.Cluster;
using Pipeline.Cli.Storage;
using Pipeline.Contracts.Json;
using Pipeline.Evaluation.Selection;
using Pipeline.Hosting;
using Pipeline.Stages.Exporting;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Cli.Commands;

/// <summary><c>moodpipe export</c>: a training set from the data set of a finished run or job.</summary>
internal static class ExportCommand
{
    private static readonly ClientOptions Client = new(withJson: false);
    private static readonly Option<string> From = new("--from") { Description = "The data set: a run's output folder, s3://bucket/prefix, or the name of a job that a coordinator (--server) or a ledger (--ledger) has.", Required = true };
    private static readonly Option<string> To = new("--to") { Description = "Where the export goes: a folder or s3://bucket/prefix.", Required = true };
    private static readonly Option<string?> Ledger = new("--ledger") { Description = "Ledger of the job: a file or postgres://HOST/DATABASE. Its data set is made from there and from --store; without it the job's written one is used, and made (MOODPIPE_LEDGER) where that is gone." };
    private static readonly Option<string?> Store = new("--store") { Description = "Artefacts of the job: a folder or s3://bucket/prefix (MOODPIPE_STORE)." };
    private static readonly Option<string> Format = new("--format") { Description = "imagefolder or webdataset.", DefaultValueFactory = _ => "imagefolder" };
    private static readonly Option<string[]> Accept = new("--accept") { Description = "A condition that every edit must fulfil, such as \"clip_directional>=0.1\"; repeatable." };
    private static readonly Option<string[]> Reject = new("--reject") { Description = "A condition that rejects an edit, such as \"lpips>0.6\"; repeatable." };
    private static readonly Option<int?> Duplicates = new("--near-duplicates") { Description = "Of edits with the same label whose perceptual hashes differ in at most so many of 64 bits (0 to 16), only one stays." };
    private static readonly Option<string?> Best = new("--keep-best") { Description = "Metric that decides which near duplicate stays; add :min where lower is better (default: the first edit stays)." };
    private static readonly Option<string?> Split = new("--split") { Description = "Splits, such as train=0.9,val=0.1. All edits of a source are in one." };
    private static readonly Option<string> SplitSeed = new("--split-seed") { Description = "Another seed, other splits.", DefaultValueFactory = _ => "" };
    private static readonly Option<int> ShardSamples = new("--shard-samples") { Description = "Most samples of a shard.", DefaultValueFactory = _ => 1000 };
    private static readonly Option<int> ShardMegabytes = new("--shard-mb") { Description = "Megabytes from which a shard is ended.", DefaultValueFactory = _ => 1024 };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the summary as JSON." };

    public static Command Create()
    {
        StoragePlaces places = new();
        Command command = new("export", "Export a data set with quality gates, without near duplicates, in splits.")
        {
            From, To, Ledger, Store, Format, Accept, Reject, Duplicates, Best, Split, SplitSeed, ShardSamples, ShardMegabytes, Json,
        };
        places.AddTo(command);
        Client.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            ExportOptions options = Read(parsed);
            using DrainSignal signal = new();
            using IObjectSpace target = ObjectSpaces.Open(parsed.GetRequiredValue(To), places.Options(parsed, "OUTPUT"));
            try
            {
                using ExportSource source = await ExportSource.OpenAsync(
                    parsed.GetRequiredValue(From), parsed.GetValue(Ledger), parsed.GetValue(Store), parsed, places, Client, signal.Drain).ConfigureAwait(false);
                ExportReport report = await new DataSetExport(source.DataSet, target, options).RunAsync(signal.Drain).ConfigureAwait(false);
                Print(report, target, parsed.GetValue(Json));
                return ExitCodes.Done;
            }
            catch (Exception e) when (e is ExportException or ArtefactCorruptException)
            {
                throw CommandFailure.Usage(e.Message);
            }
        });
        return HelpWithExamples.Describe(
            command,
            "moodpipe export --from out --to train --accept \"clip_target>=20\" --near-duplicates 4 --keep-best clip_target --split train=0.9,val=0.1",
            "moodpipe export --from first --to train --server http://127.0.0.1:7300",
            "moodpipe export --from first --to train --ledger postgres://moodpipe@db.example/moodpipe --store s3://artefacts/moodpipe",
            "moodpipe export --from s3://results/job-7 --to s3://training/joy --format webdataset --shard-samples 5000");
    }

    private static ExportOptions Read(ParseResult parsed)
    {
        try
        {
            string? best = parsed.GetValue(Best);
            Require(parsed.GetValue(Duplicates) is null or (>= 0 and <= 16), "--near-duplicates must lie in 0..16");
            Require(best is null || parsed.GetValue(Duplicates) is not null, "--keep-best needs --near-duplicates");
            Require(parsed.GetValue(ShardSamples) is >= 1 and <= 1_000_000 && parsed.GetValue(ShardMegabytes) is >= 1 and <= 16_384, "--shard-samples must lie in 1..1000000, --shard-mb in 1..16384");
            return new ExportOptions
            {
                Format = parsed.GetValue(Format) switch
                {
                    "imagefolder" => ExportFormat.ImageFolder,
                    "webdataset" => ExportFormat.WebDataset,
                    var other => throw CommandFailure.Usage($"unknown --format '{other}': imagefolder, webdataset"),
                },
                Accept = [.. (parsed.GetValue(Accept) ?? []).Select(MetricRule.Parse)],
                Reject = [.. (parsed.GetValue(Reject) ?? []).Select(MetricRule.Parse)],
                DuplicateBits = parsed.GetValue(Duplicates),
                BestBy = best?.EndsWith(":min", StringComparison.Ordinal) == true ? best[..^4] : best,
                LowerIsBetter = best?.EndsWith(":min", StringComparison.Ordinal) == true,
                Splits = parsed.GetValue(Split) is { } split ? SplitPlan.Parse(split, parsed.GetValue(SplitSeed)!) : SplitPlan.Whole,
                ShardSamples = parsed.GetValue(ShardSamples),
                ShardBytes = (long)parsed.GetValue(ShardMegabytes) << 20,
            };
        }
        catch (FormatException e)
        {
            throw CommandFailure.Usage(e.Message);
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw CommandFailure.Usage(message);
        }
    }

    private static void Print(ExportReport report, IObjectSpace target, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, ContractJson.Options));
            return;
        }

        Console.Out.WriteLine($"{report.Exported} of {report.Items} edits in {target.Address}");
        foreach ((string reason, long count) in report.Rejected)
        {
            Console.Out.WriteLine($"  left out: {count} ({reason})");
        }

        foreach ((string split, long count) in report.Splits.Where(s => s.Key.Length > 0))
        {
            Console.Out.WriteLine($"  {split}: {count}");
        }

        Console.Out.WriteLine($"Reasons: {DataSetExport.RejectedFile}; summary: {DataSetExport.SummaryFile}");
    }
}
