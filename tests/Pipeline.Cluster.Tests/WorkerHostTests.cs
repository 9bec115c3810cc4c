using System.Collections.Concurrent;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Hosting.Health;
using Pipeline.Stages.Messaging;
using Pipeline.Stages.Working;

namespace Pipeline.Cluster.Tests;

/// <summary>One worker: overlap of reading, computing and storing, orders, faults of its machine and its device, probes.</summary>
public sealed class WorkerHostTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task The_device_computes_while_inputs_are_read_and_outputs_are_stored()
    {
        await using WorkerRig rig = await WorkerRig.StartAsync("overlap");
        const int Units = 12;
        int loaded = 0, computed = 0, stored = 0;
        using var finished = new SemaphoreSlim(0);
        var alone = new ConcurrentQueue<string>();
        var stage = new ScriptedStage
        {
            OnLoad = _ =>
            {
                Interlocked.Increment(ref loaded);
                return Task.CompletedTask;
            },
            // Unit n is computed only once a later one is read, and stored only once a later one is computed: without overlap this never comes.
            OnCompute = text =>
            {
                int mine = Interlocked.Increment(ref computed);
                if (mine < Units && !SpinWait.SpinUntil(() => Volatile.Read(ref loaded) > mine, Limit))
                {
                    alone.Enqueue($"{text} was computed while nothing was read");
                }
            },
            OnStore = async text =>
            {
                int mine = Interlocked.Increment(ref stored);
                for (int i = 0; mine < Units && Volatile.Read(ref computed) <= mine; i++)
                {
                    await Task.Delay(20);
                    if (i > Limit.TotalMilliseconds / 20)
                    {
                        alone.Enqueue($"{text} was stored while nothing was computed");
                        break;
                    }
                }

                finished.Release();
            },
        };
        for (int i = 0; i < Units; i++)
        {
            await rig.SendAsync($"unit {i}");
        }

        Task<WorkerEnd> run = rig.RunAsync(stage);
        for (int i = 0; i < Units; i++)
        {
            Assert.True(await finished.WaitAsync(Limit));
        }

        Assert.Empty(alone);
        rig.Drain();
        Assert.Equal(WorkerEnd.Drained, await run.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_suspect_is_computed_with_nothing_beside_it()
    {
        await using WorkerRig rig = await WorkerRig.StartAsync("suspect");
        var batches = new ConcurrentQueue<IReadOnlyList<string>>();
        using var finished = new SemaphoreSlim(0);
        for (int i = 0; i < 12; i++)
        {
            await rig.SendAsync($"unit {i}", alone: i % 4 == 1 ? true : null);
        }

        var stage = new ScriptedStage { MaxBatch = 4, OnBatch = batches.Enqueue, OnStore = _ => Task.FromResult(finished.Release()) };
        Task<WorkerEnd> run = rig.RunAsync(stage);
        for (int i = 0; i < 12; i++)
        {
            Assert.True(await finished.WaitAsync(Limit));
        }

        foreach (string suspect in new[] { "unit 1", "unit 5", "unit 9" })
        {
            Assert.Equal([suspect], batches.Single(b => b.Contains(suspect)));
        }

        rig.Drain();
        Assert.Equal(WorkerEnd.Drained, await run.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_paused_worker_leaves_work_in_the_queue_and_takes_it_when_resumed_and_an_order_to_drain_ends_it()
    {
        await using WorkerRig rig = await WorkerRig.StartAsync("orders");
        using var computed = new SemaphoreSlim(0);
        Task<WorkerEnd> run = rig.RunAsync(new ScriptedStage { OnCompute = _ => computed.Release() });
        await rig.SendAsync("first");
        Assert.True(await computed.WaitAsync(Limit));
        await rig.OrderAsync(new JobControl { Action = ControlAction.Pause });
        await UntilAsync(() => rig.Health.Readiness() == "the worker is paused");
        await rig.SendAsync("second");
        Assert.False(await computed.WaitAsync(TimeSpan.FromSeconds(3)));
        await rig.OrderAsync(new JobControl { Action = ControlAction.Resume });
        Assert.True(await computed.WaitAsync(Limit));
        await rig.OrderAsync(new JobControl { Action = ControlAction.Drain });
        Assert.Equal(WorkerEnd.Drained, await run.WaitAsync(Limit));
    }

    [Fact]
    public async Task Work_of_a_cancelled_job_is_dropped()
    {
        await using WorkerRig rig = await WorkerRig.StartAsync("cancel");
        var computed = new ConcurrentQueue<string>();
        using var first = new SemaphoreSlim(0);
        Task<WorkerEnd> run = rig.RunAsync(new ScriptedStage
        {
            OnCompute = text =>
            {
                computed.Enqueue(text);
                first.Release();
            },
        });
        await rig.SendAsync("before");
        Assert.True(await first.WaitAsync(Limit));
        await rig.OrderAsync(new JobControl { Action = ControlAction.Cancel, JobId = "job", Epoch = 1 });
        await UntilAsync(() => rig.Log.Any(l => l.Contains("obeys: Cancel job", StringComparison.Ordinal)));
        await rig.SendAsync("after");
        Assert.False(await first.WaitAsync(TimeSpan.FromSeconds(3)));
        Assert.Equal(["before"], computed);
        rig.Drain();
        Assert.Equal(WorkerEnd.Drained, await run.WaitAsync(Limit));
    }

    [Fact]
    public async Task An_unfit_worker_gives_its_work_back_looks_again_and_goes_on()
    {
        await using WorkerRig rig = await WorkerRig.StartAsync("unfit");
        int looks = 0;
        bool broken = true;
        using var computed = new SemaphoreSlim(0);
        var stage = new ScriptedStage
        {
            OnCompute = _ =>
            {
                if (Volatile.Read(ref broken))
                {
                    throw new PipelineException(ErrorCodes.ModelMissing, FaultClass.Environment, "the model is gone");
                }

                computed.Release();
            },
        };
        Task<WorkerEnd> run = rig.RunAsync(stage, () =>
        {
            // The first time at the start, then each time that it looks whether it is fit again.
            if (Interlocked.Increment(ref looks) == 3)
            {
                Volatile.Write(ref broken, false);
            }
            else if (looks > 1)
            {
                throw new IOException("still gone");
            }
        });
        await rig.SendAsync("work");
        Assert.True(await computed.WaitAsync(Limit));
        await UntilAsync(() => rig.Health.Readiness() is null);
        rig.Drain();
        Assert.Equal(WorkerEnd.Drained, await run.WaitAsync(Limit));
        int broken2 = await BrokenMessages.TakeAsync(rig.Broker, 10, _ => Task.CompletedTask, default);
        Assert.Equal(0, broken2); // the message paid nothing
    }

    [Fact]
    public async Task What_a_drain_cuts_off_goes_back_to_its_queue_and_counts_as_no_error()
    {
        await using WorkerRig rig = await WorkerRig.StartAsync("cut");
        rig.DrainLimit = TimeSpan.FromSeconds(1);
        using var begun = new SemaphoreSlim(0);
        Task<WorkerEnd> run = rig.RunAsync(new ScriptedStage
        {
            OnLoad = _ =>
            {
                begun.Release();
                return Task.Delay(Timeout.Infinite);
            },
        });
        await rig.SendAsync("work");
        Assert.True(await begun.WaitAsync(Limit));
        rig.Drain();
        Assert.Equal(WorkerEnd.Drained, await run.WaitAsync(Limit));
        Assert.Equal(0, await BrokenMessages.TakeAsync(rig.Broker, 10, _ => Task.CompletedTask, default));
        Assert.Single(await rig.Host.Node.Management.TakeAsync(rig.Host.Name, QueueNames.Work("score", WorkClass.Bulk), 10));
    }

    [Fact]
    public async Task A_lost_device_ends_the_worker_at_once()
    {
        await using WorkerRig rig = await WorkerRig.StartAsync("device");
        Task<WorkerEnd> run = rig.RunAsync(new ScriptedStage { OnCompute = _ => throw new InvalidOperationException("CUDA error: device-side assert triggered") });
        await rig.SendAsync("work");
        Assert.Equal(WorkerEnd.DeviceLost, await run.WaitAsync(Limit));
    }

    [Fact]
    public async Task Without_its_topology_a_worker_does_not_start()
    {
        await using WorkerRig rig = await WorkerRig.StartAsync("bare");
        rig.TopologyLimit = TimeSpan.Zero;
        await rig.Host.Node.Management.DeleteAsync($"policies/{rig.Host.Name}/moodpipe-work");
        BrokerException refused = await Assert.ThrowsAsync<BrokerException>(() => rig.RunAsync(new ScriptedStage()));
        Assert.Equal(ErrorCodes.BrokerTopology, refused.Code);
        Assert.Contains("moodpipe topology deploy", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probes_answer_with_the_reason()
    {
        var state = new HealthState();
        await using HealthServer server = await HealthServer.StartAsync("http://127.0.0.1:0", state);
        using var client = new HttpClient { BaseAddress = server.Address };
        Assert.Equal("503 the process starts", await Get("started"));
        Assert.Equal("503 the process starts", await Get("ready"));
        Assert.Equal("200 ok", await Get("live"));
        (state.HasStarted, state.Readiness, state.Alive) = (true, () => null, () => "a batch hangs");
        Assert.Equal("200 ok", await Get("started"));
        Assert.Equal("200 ok", await Get("ready"));
        Assert.Equal("503 a batch hangs", await Get("live"));
        Assert.StartsWith("404", await Get("else"), StringComparison.Ordinal);

        async Task<string> Get(string probe)
        {
            using HttpResponseMessage answer = await client.GetAsync($"health/{probe}");
            return $"{(int)answer.StatusCode} {(await answer.Content.ReadAsStringAsync()).Trim()}";
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < Limit.TotalMilliseconds / 100; i++)
        {
            if (condition())
            {
                return;
            }

            await Task.Delay(100);
        }

        Assert.Fail("it did not come");
    }
}
