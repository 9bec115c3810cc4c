using MassTransit;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;
using Pipeline.Shared;
using Pipeline.Stages.Messaging;

namespace Pipeline.Stages.Tests;

/// <summary>The time limit of sends, on a bus whose transport can be made to answer nothing.</summary>
public sealed class SendingTests
{
    private static readonly JobControl Order = new() { Action = ControlAction.Drain };

    [Fact]
    public async Task A_send_that_is_never_confirmed_ends_with_the_transports_error_and_the_next_one_works()
    {
        var silence = new Silence();
        var clock = new TimerTime();
        var arrived = new TaskCompletionSource<ControlAction>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Running running = await StartAsync(silence, order => arrived.TrySetResult(order.Action));
        Task unanswered = running.Bus.SendToAsync(QueueNames.Control, Order, default, clock);
        await silence.Asked;
        Assert.False(unanswered.IsCompleted);

        clock.Step();
        Assert.Equal(TimeSpan.FromMinutes(1), clock.Elapsed);
        TransportException error = await Assert.ThrowsAsync<TransportException>(() => unanswered);
        Assert.Contains("did not take a JobControl for moodpipe.control within 60 s", error.Message, StringComparison.Ordinal);

        silence.IsOver = true;
        await running.Bus.SendToAsync(QueueNames.Control, Order, default, clock);
        Assert.Equal(ControlAction.Drain, await arrived.Task);
    }

    [Fact]
    public async Task A_send_that_the_caller_gives_up_is_a_cancellation_and_no_fault_of_the_broker()
    {
        var silence = new Silence();
        using var cancellation = new CancellationTokenSource();
        await using Running running = await StartAsync(silence, _ => { });
        Task unanswered = running.Bus.SendToAsync(QueueNames.Control, Order, cancellation.Token, new TimerTime());
        await silence.Asked;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => unanswered);
    }

    private static async Task<Running> StartAsync(Silence silence, Action<JobControl> take)
    {
        IBusControl bus = Bus.Factory.CreateUsingInMemory(configure =>
        {
            configure.ConfigureSend(send => send.UseFilter(silence));
            configure.ReceiveEndpoint(QueueNames.Control, endpoint => endpoint.Handler<JobControl>(context =>
            {
                take(context.Message);
                return Task.CompletedTask;
            }));
        });
        await bus.StartAsync();
        return new Running(bus);
    }

    private sealed class Running(IBusControl bus) : IAsyncDisposable
    {
        public IBusControl Bus => bus;

        public async ValueTask DisposeAsync() => await bus.StopAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>A broker that takes a message and says nothing, whether or not anyone still waits.</summary>
    private sealed class Silence : IFilter<SendContext>
    {
        private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => asked.Task;

        public bool IsOver { get; set; }

        public Task Send(SendContext context, IPipe<SendContext> next)
        {
            asked.TrySetResult();
            return IsOver ? next.Send(context) : new TaskCompletionSource().Task;
        }

        public void Probe(ProbeContext context)
        {
        }
    }
}
