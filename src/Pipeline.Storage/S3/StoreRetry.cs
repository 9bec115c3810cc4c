using Polly;
using Polly.Retry;

namespace Pipeline.Storage.S3;

/// <summary>
/// Tries a request until it succeeds, fails for good, or the time is over. Bounded by time and not by a count, because what it rides out is a restart of the store;
/// a try that is under way when the time ends is not cut off.
/// </summary>
internal sealed class StoreRetry
{
    private static readonly ResiliencePropertyKey<long> Started = new("started");
    private readonly S3StoreOptions options;
    private readonly ResiliencePipeline pipeline;

    public StoreRetry(S3StoreOptions options)
    {
        this.options = options;
        pipeline = new ResiliencePipelineBuilder { TimeProvider = options.Time }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = options.FirstRetryDelay,
            MaxDelay = options.MaxRetryDelay,
            ShouldHandle = args => ValueTask.FromResult(
                S3Failure.IsPassing(args.Outcome.Exception, args.Context.CancellationToken) && options.Time.GetElapsedTime(args.Context.Properties.GetValue(Started, 0)) < options.RetryFor),
        }).Build();
    }

    /// <summary>Runs a request. Failures that remain come out as <see cref="ArtefactStoreException"/>, but those that <paramref name="expected"/> accepts come out as they are.</summary>
    public async Task<T> RunAsync<T>(string what, Func<CancellationToken, Task<T>> request, CancellationToken cancellation, Func<Exception, bool>? expected = null)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancellation);
        try
        {
            context.Properties.Set(Started, options.Time.GetTimestamp());
            return await pipeline.ExecuteAsync(async c => await request(c.CancellationToken).ConfigureAwait(false), context).ConfigureAwait(false);
        }
        catch (Exception e) when (expected?.Invoke(e) != true && S3Failure.Translate(e, what, options, cancellation) is { } translated)
        {
            throw translated;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }
}
