using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Imaging;
using Pipeline.Ledger;
using Pipeline.TestS3.Faults;

namespace Pipeline.Cluster.Tests;

/// <summary>Stores that fail, content that changes in them, and sources that are none.</summary>
public sealed class StoreFaultTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    // F8
    [Theory]
    [InlineData(FaultAction.SlowDown, 20)]
    [InlineData(FaultAction.Drop, 10)]
    [InlineData(FaultAction.AcceptThenFail, 20)]
    [InlineData(FaultAction.Stall, 6)]
    public async Task A_store_that_misbehaves_for_a_while_costs_no_item_a_try(FaultAction action, int count)
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("store", new HarnessOptions { Pictures = 8, Compute = TimeSpan.FromMilliseconds(100) });
        cluster.StartWorker();
        await cluster.UntilAsync(() => Task.FromResult(cluster.Computed.Begun > 5), Limit, "the worker computes");
        await cluster.Store.OrderAsync(new Fault { Action = action, Count = count, Milliseconds = 3000, Bytes = 40 });
        await cluster.DoneAsync(Limit);
        Assert.Equal(count, cluster.Store.Hits);
        await AssertNoTriesAsync(cluster);
        await cluster.CheckAsync(extra: 0);
    }

    // F8
    [Fact]
    public async Task A_store_that_is_killed_and_comes_back_costs_no_item_a_try()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("store-killed", new HarnessOptions { Pictures = 8, StoreAsProcess = true });
        cluster.StartWorker();
        foreach (int computed in new[] { 10, 40 })
        {
            await cluster.UntilAsync(() => Task.FromResult(cluster.Computed.Begun > computed), Limit, "the worker computes");
            cluster.Store.Kill();
            await Task.Delay(TimeSpan.FromSeconds(3));
            await cluster.Store.StartAgainAsync();
        }

        await cluster.DoneAsync(Limit);
        await AssertNoTriesAsync(cluster);
        await cluster.CheckAsync(extra: 0);
    }

    // F9
    [Fact]
    public async Task A_bit_that_flips_in_a_stored_input_makes_its_stage_run_again_and_nothing_else()
    {
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("bit-flip", new HarnessOptions { Pictures = 5 });
        FakeWorkerProcess first = cluster.StartWorker(change: s => s with { Stages = ["prompt", "invert"] });
        await cluster.UntilAsync(async () => (await cluster.Ledger.ProgressAsync(ClusterHarness.JobId, default)).Stages
            .Where(s => s.Key.Stage == "invert").Sum(s => s.Value) == cluster.Items, Limit, "all pictures are inverted");
        string trajectory = await OutputOfAsync(cluster, "invert", "trajectory");
        Assert.True(cluster.Store.TryFlipBit(trajectory));

        cluster.StartWorker();
        await cluster.DoneAsync(Limit);
        // The three edits of one picture were tried twice, and its inversion was computed twice.
        int tried = 0;
        await foreach (ItemReport item in cluster.Ledger.ItemsAsync(ClusterHarness.JobId, default))
        {
            tried += item.Attempt > 0 ? 1 : 0;
        }

        Assert.InRange(tried, 1, 3);
        await cluster.CheckAsync(extra: 3);
        Assert.InRange(cluster.Computed.Begun, cluster.Units + 1, cluster.Units + 3);
    }

    // F10
    [Fact]
    public async Task Pictures_that_are_none_are_set_aside_and_replayed_when_they_are_mended()
    {
        byte[] jpeg = ImageCodec.Default.Encode(Image(2, 64), new EncodeOptions { Format = ImageFormat.Jpeg });
        var contents = new Dictionary<int, byte[]>
        {
            [1] = jpeg[..(jpeg.Length / 3)], // cut off
            [3] = [], // empty
            [5] = ImageCodec.Default.Encode(Image(3, 1), EncodeOptions.Png), // a single pixel
            [6] = "%PDF-1.7 not a picture at all"u8.ToArray(),
            [8] = Bomb(),
        };
        var options = new HarnessOptions { Pictures = 10, Files = Enumerable.Range(0, 10).ToDictionary(i => i, i => contents.GetValueOrDefault(i) ?? Picture(10 + i)) };
        await using ClusterHarness cluster = await ClusterHarness.StartAsync("poison", options);
        cluster.StartWorker(change: s => s with { Decode = true });
        await cluster.DoneAsync(Limit);
        JobProgress progress = await cluster.Ledger.ProgressAsync(ClusterHarness.JobId, default);
        Assert.Equal((JobState.DoneWithErrors, 15L, 15L), (progress.State, progress.Count(ItemState.Quarantined), progress.Count(ItemState.Done)));
        await foreach (ItemReport item in cluster.Ledger.ItemsAsync(ClusterHarness.JobId, default))
        {
            bool poisoned = contents.ContainsKey((int)item.Picture);
            Assert.Equal((poisoned ? ItemState.Quarantined : ItemState.Done, 0), (item.State, item.Attempt));
            Assert.Equal(poisoned, item.Failure?.Code is ErrorCodes.SourceUndecodable or ErrorCodes.SourceTooLarge or ErrorCodes.SourceUnreadable);
        }

        foreach (int picture in contents.Keys)
        {
            await cluster.ReplacePictureAsync(picture, Picture(100 + picture));
        }

        Assert.Equal(15, await cluster.Ledger.ReplayAsync(ClusterHarness.JobId, ReplaySelection.Everything, default));
        await cluster.UntilAsync(async () => (await cluster.Ledger.FindJobAsync(ClusterHarness.JobId, default))!.State == JobState.Done, Limit, "the replayed job is done");
        await cluster.UntilAsync(() => Task.FromResult(cluster.Metadata().All(r => r.Status == ResultStatus.Ok)), Limit, "the data set is written again");
        await cluster.CheckAsync(extra: 0);
    }

    private static async Task AssertNoTriesAsync(ClusterHarness cluster)
    {
        await foreach (ItemReport item in cluster.Ledger.ItemsAsync(ClusterHarness.JobId, default))
        {
            Assert.Equal(0, item.Attempt);
        }
    }

    private static async Task<string> OutputOfAsync(ClusterHarness cluster, string stage, string output)
    {
        await foreach (ItemReport item in cluster.Ledger.ItemsAsync(ClusterHarness.JobId, default))
        {
            byte[] manifest = (await cluster.Artefacts.TryReadManifestAsync(new Contracts.Artefacts.ManifestKey(stage, item.Stages[stage].WorkKey!), default))!;
            string digest = ContractJson.Deserialize<Contracts.Artefacts.StageManifest>(manifest).Outputs[output].Sha256;
            return $"moodpipe/blob/sha256/{digest[..2]}/{digest}";
        }

        throw new InvalidOperationException("the job has no items");
    }

    private static byte[] Picture(int seed) => ImageCodec.Default.Encode(Image(seed, 32), EncodeOptions.Png);

    private static RgbImage Image(int seed, int side)
    {
        var image = new RgbImage(side, side);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            image.Pixels[i] = (byte)((i * 31 * seed) + (i / side));
        }

        return image;
    }

    // A header that promises 60,000 x 60,000 pixels.
    private static byte[] Bomb()
    {
        byte[] png = Picture(4);
        byte[] side = [0, 0, 0xEA, 0x60];
        side.CopyTo(png, 16);
        side.CopyTo(png, 20);
        uint crc = 0xFFFFFFFF;
        foreach (byte b in png.AsSpan(12, 17))
        {
            crc ^= b;
            for (int k = 0; k < 8; k++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            }
        }

        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), ~crc);
        return png;
    }
}
