using Pipeline.Contracts.Messages;
using Pipeline.Stages.Consuming;

namespace Pipeline.FakeWorker;

/// <summary>An outbox after whose sends the process may die.</summary>
internal sealed class CrashingOutbox(IStageOutbox inner, CrashPlan plan) : IStageOutbox
{
    public async Task SendAsync(StageWork work, CancellationToken cancellation)
    {
        await inner.SendAsync(work, cancellation);
        plan.Pass(CrashPlan.AfterNext);
    }

    public async Task SendAsync(StageResult result, CancellationToken cancellation)
    {
        await inner.SendAsync(result, cancellation);
        plan.Pass(CrashPlan.AfterResult);
    }
}
