using MassTransit;
using Pipeline.Stages.Core;
using RabbitMQ.Client.Exceptions;

namespace Pipeline.Stages.Messaging;

/// <summary>
/// Stands before the queue of errors: what is wrong with this process or with the broker is no error of the message, which goes back to its queue (negative acknowledgement).
/// The delivery limit ends it if that never helps.
/// </summary>
internal sealed class RequeueFilter : IFilter<ExceptionReceiveContext>
{
    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next) =>
        BelongsBack(context.Exception) ? Task.FromException(context.Exception) : next.Send(context);

    public void Probe(ProbeContext context) => context.CreateFilterScope("requeue");

    /// <summary>Whether a failure says nothing about the message.</summary>
    public static bool BelongsBack(Exception error) =>
        error is RequeueException or OperationCanceledException or ConsumerCanceledException or EnvironmentFaultException || IsTransport(error) || (error is AggregateException many && many.InnerExceptions.All(BelongsBack));

    /// <summary>Whether sending failed: the broker was gone, its queue full, or no queue there.</summary>
    public static bool IsTransport(Exception error) =>
        error is RabbitMQClientException or MessageReturnedException or MassTransit.PublishException or TransportException or ConnectionException
        || (error.InnerException is { } inner && error is MassTransitException && IsTransport(inner));
}
