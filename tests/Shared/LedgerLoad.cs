using System.Diagnostics;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Ledger;

namespace Pipeline.TestShared;

/// <summary>The work of a large job on a ledger, step by step and timed: used by the benchmark and by the test of a million items.</summary>
internal sealed class LedgerLoad(ILedger ledger, int items)
{
    public const string Job = "load";
    private const int ItemsInPicture = 8;
    private const int PicturesInBatch = 2000;
    private const int Window = 1000;
    private static readonly string[] Emotions = ["amusement", "awe", "contentment", "excitement", "anger", "disgust", "fear", "sadness"];
    private readonly Queue<long> inFlight = [];

    /// <summary>Imports all items; the statistics are brought up to date.</summary>
    public async Task<TimeSpan> ImportAsync()
    {
        long start = Stopwatch.GetTimestamp();
        await ledger.OpenJobAsync(new NewJob { Id = Job, SpecDigest = "load", StageMask = StageGraph.Everything, Window = 50_000 }, default);
        for (int first = 0; first < items / ItemsInPicture; first += PicturesInBatch)
        {
            int count = Math.Min(PicturesInBatch, (items / ItemsInPicture) - first);
            await ledger.ImportAsync(Job, first, [.. Enumerable.Range(first, count).Select(Picture)], default);
        }

        await ledger.FinishImportAsync(Job, default);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Claims a number of items in windows of 1000, and confirms their messages.</summary>
    public async Task<TimeSpan> ClaimAsync(int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int claimed = 0; claimed < count;)
        {
            IReadOnlyList<OutboxMessage> messages = await ledger.ClaimAsync(Job, Window, true, TimeSpan.FromMinutes(20), Body, default);
            await ledger.ConfirmSentAsync([.. messages.Select(m => m.Id)], default);
            claimed += messages.Count * ItemsInPicture;
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Applies outcomes of one stage for a number of claimed items, in batches; the items stay claimed.</summary>
    public async Task<TimeSpan> ApplyAsync(string stage, int count, int batch)
    {
        long[] chosen = [.. inFlight.Take(count)];
        long start = Stopwatch.GetTimestamp();
        foreach (long[] some in chosen.Chunk(batch))
        {
            await ledger.ApplyAsync([.. some.Chunk(StageResult.MaxEntries).Select(entries => Result(stage, entries))], default);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>The median time of a question for the progress.</summary>
    public async Task<TimeSpan> ProgressAsync(int questions)
    {
        var times = new List<TimeSpan>(questions);
        for (int i = 0; i < questions; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await ledger.ProgressAsync(Job, default);
            times.Add(Stopwatch.GetElapsedTime(start));
        }

        times.Sort();
        return times[questions / 2];
    }

    private static NewPicture Picture(int number) => new(
        $"picture-{number:D7}", $"s3://pictures/{number:D7}.jpg", null, $$"""{"id":"picture-{{number:D7}}","image":"s3://pictures/{{number:D7}}.jpg"}""",
        [.. Emotions.Select((e, i) => new NewItem(e, 1, 0, number + i))]);

    private byte[] Body(PictureDispatch dispatch)
    {
        foreach (DispatchItem item in dispatch.Items)
        {
            inFlight.Enqueue(item.Item);
        }

        return new byte[1000];
    }

    private static StageResult Result(string stage, long[] entries) => new()
    {
        JobId = Job, Stage = stage, WorkerId = "worker-1", Device = "cuda:0",
        Entries =
        [
            .. entries.Select(item => new StageResultEntry
            {
                Item = item, Outcome = StageOutcome.Done, WorkKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", QueuedMs = 5, DownloadMs = 20, ComputeMs = 900, UploadMs = 30,
                BytesIn = 100_000, BytesOut = 200_000,
            }),
        ],
    };
}
