using MassTransit;
using Pipeline.Hosting.Connections;

namespace Pipeline.Stages.Messaging;

/// <summary>Refuses a message before it becomes part of a batch, so that it goes to the queue of errors alone.</summary>
internal sealed class CheckFilter<T>(Func<T, string?> problem) : IFilter<ConsumeContext<T>>
    where T : class
{
    public Task Send(ConsumeContext<T> context, IPipe<ConsumeContext<T>> next)
    {
        string? text = context.ReceiveContext.Body.Length is { } size and > BrokerOptions.MaxReceivedBytes
            ? $"it has {size} bytes, {BrokerOptions.MaxReceivedBytes} are allowed"
            : problem(context.Message);
        return text is null ? next.Send(context) : throw new UnusableMessageException($"a {typeof(T).Name} cannot be used: {text}");
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("check");
}
