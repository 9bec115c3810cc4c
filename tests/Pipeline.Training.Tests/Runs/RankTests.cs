using System.Net;
using System.Net.Sockets;
using Pipeline.TestKit;
using Pipeline.Training.Contrast;
using Pipeline.Training.Ranks;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Tests.Runs;

public sealed class RankTests
{
    private static readonly byte[] s_run = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public async Task Sums_have_the_bits_of_adding_in_the_order_of_ranks_at_every_process()
    {
        RankOptions[] ranks = World(3);
        Contribution[] own = [.. Enumerable.Range(0, 3).Select(Sample)];
        Contribution expected = Sample(0);
        expected.Add(Sample(1));
        expected.Add(Sample(2));
        await Task.WhenAll(ranks.Select(r => Task.Factory.StartNew(
            () =>
            {
                using RankExchange exchange = RankExchange.Open(r, s_run, CancellationToken.None);
                exchange.Sum(own[r.Rank], Sample(9));
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.All(own, c => Assert.Equal((expected.Gradients, expected.Terms, expected.Present, true), (c.Gradients, c.Terms, c.Present, c.IsStopping), Same));
        // float addition is not associative: the order can be seen
        Assert.NotEqual(expected.Gradients[0], Sample(0).Gradients[0] + (Sample(1).Gradients[0] + Sample(2).Gradients[0]));
    }

    [Fact]
    public async Task A_process_of_another_run_is_refused_on_both_sides_and_a_stranger_is_turned_away()
    {
        RankOptions[] ranks = World(2);
        Task leader = Task.Run(() => RankExchange.Open(ranks[0], s_run, CancellationToken.None).Dispose());
        using (TcpClient stranger = new())
        {
            while (!stranger.Connected)
            {
                try
                {
                    await stranger.ConnectAsync(IPAddress.Loopback, ranks[0].Port);
                }
                catch (SocketException)
                {
                    await Task.Delay(20);
                }
            }

            await stranger.GetStream().WriteAsync(new byte[48]);
            Assert.Equal(0, await stranger.GetStream().ReadAsync(new byte[1]));     // closed without a word
        }

        byte[] other = [.. s_run.Reverse()];
        TrainingException error = Assert.Throws<TrainingException>(() => RankExchange.Open(ranks[1], other, CancellationToken.None));
        Assert.Contains("another run", error.Message, StringComparison.Ordinal);
        Assert.Contains("process 1 is of another run", (await Assert.ThrowsAsync<TrainingException>(() => leader)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_is_gone_ends_the_others_with_its_number()
    {
        RankOptions[] ranks = World(2);
        Task gone = Task.Run(() => RankExchange.Open(ranks[1], s_run, CancellationToken.None).Dispose());
        using RankExchange leader = RankExchange.Open(ranks[0], s_run, CancellationToken.None);
        await gone;
        Assert.Contains("process 1 of 2 is gone", Assert.Throws<TrainingException>(() => leader.Sum(Sample(0), Sample(1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_waits_for_ever_or_after_a_drain()
    {
        RankOptions rank = World(2)[0];
        Assert.Contains("within", Assert.Throws<TrainingException>(() => RankExchange.Open(rank with { Patience = TimeSpan.Zero }, s_run, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.Contains("stopped while", Assert.Throws<TrainingException>(() => RankExchange.Open(rank with { Rank = 1 }, s_run, new CancellationToken(true))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 2, "localhost:80", "--rank")]
    [InlineData(0, 1, "localhost:80", "--world-size")]
    [InlineData(0, 2, "localhost", "--rendezvous")]
    [InlineData(0, 2, "localhost:0", "--rendezvous")]
    public void Arguments_out_of_range_are_refused(int rank, int size, string place, string option) =>
        Assert.StartsWith(option, Assert.Throws<TrainingException>(() => RankOptions.Of(rank, size, place)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_run_in_parts_resumes_bit_for_bit_and_is_another_one_than_undivided()
    {
        TrainingConfig config = TrainingFixture.TenSteps with { Batch = 4, MicroBatch = 1, Shards = 2 };
        TrainingFixture.AssertResumes(config, c => new Autoencoder.AutoencoderTask(c));
        Assert.NotEqual(config.Digest(), (config with { Shards = 0 }).Digest());
        Assert.DoesNotContain("shards", TrainingFixture.TenSteps.ToJson(), StringComparison.Ordinal);
        Assert.Contains("shards must divide", Assert.Throws<TrainingException>(() => (config with { Batch = 5 }).Check("x")).Message, StringComparison.Ordinal);
        Assert.Contains("shards must be 0", Assert.Throws<TrainingException>(() => new ClipTask(ClipRecipes.Smoke with { Shards = 2 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_with_the_same_numbers_would_give_the_gradient_of_the_whole()
    {
        // The decoded mean draws nothing at random, so dividing the batch changes rounding only.
        using TemporaryFolder folder = new();
        TrainingConfig whole = TrainingFixture.TenSteps with { Steps = 1, Batch = 4, MicroBatch = 0, Average = 0, Optimiser = new OptimiserConfig { Rate = 1e-3 } };
        TrainingFixture.Train(folder.File("base"), whole);
        TrainingConfig over = Autoencoder.AutoencoderRecipes.DecoderSmoke with
        {
            Steps = 1, Batch = 4, Average = 0, Optimiser = whole.Optimiser, Base = new Dictionary<string, string> { ["vae"] = folder.File("base", "model") },
        };
        foreach ((string name, int shards) in new[] { ("undivided", 0), ("divided", 4) })
        {
            TrainingConfig config = over with { Shards = shards };
            using Autoencoder.DecoderTask task = new(config);
            new TrainingRun(config, task, folder.File(name)).Run(false, CancellationToken.None);
        }

        double[] Moment(string run) => TrainingFixture.Weights(TrainingFixture.CheckpointPath(folder, run, 1, "optimizer.safetensors"), "decoder.conv_out.weight.exp_avg");
        double[] first = Moment("undivided"), second = Moment("divided");
        double scale = first.Max(Math.Abs);
        Assert.All(first.Zip(second), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, 1e-4 * scale));
    }

    private static bool Same((float[] G, double[] T, byte[] P, bool S) a, (float[] G, double[] T, byte[] P, bool S) b) =>
        a.G.SequenceEqual(b.G) && a.T.SequenceEqual(b.T) && a.P.SequenceEqual(b.P) && a.S == b.S;

    private static Contribution Sample(int rank)
    {
        Contribution made = new(2, 3, 100_000) { IsStopping = rank == 1 };
        for (int i = 0; i < made.Gradients.Length; i++)
        {
            made.Gradients[i] = (rank == 0 ? 1f : 6e-8f) * (1 + (i % 7 * 0.01f));
        }

        made.Terms[rank % 2] = 0.1 * (rank + 1);
        made.Present[rank % 3] = 1;
        return made;
    }

    private static RankOptions[] World(int size)
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        int port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        return [.. Enumerable.Range(0, size).Select(r => RankOptions.Of(r, size, $"127.0.0.1:{port}") with { Patience = TimeSpan.FromMinutes(2) })];
    }
}
