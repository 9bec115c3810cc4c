using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Sqlite;

/// <content>Leases, workers, dead letters.</content>
public sealed partial class SqliteLedger
{
    /// <inheritdoc />
    public async Task<Lease?> TryLeadAsync(string name, string owner, TimeSpan duration, CancellationToken cancellation)
    {
        JobRules.RequireLease(name, owner, duration);
        return await Write(db => Registry.TryLead(db, name, owner, duration, Now), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task ResignAsync(string name, string owner, CancellationToken cancellation) => Write(db => Registry.Resign(db, name, owner), cancellation);

    /// <inheritdoc />
    public Task<Lease?> LeaderAsync(string name, CancellationToken cancellation) => Read(db => Registry.Leader(db, name, Now), cancellation);

    /// <inheritdoc />
    public Task BeatAsync(IReadOnlyList<WorkerBeat> beats, CancellationToken cancellation) => Write(db => Registry.Beat(db, beats, Now), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<WorkerInfo>> WorkersAsync(CancellationToken cancellation) => Read(db => Registry.Workers(db, Now), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> ForgetWorkersAsync(TimeSpan silentFor, CancellationToken cancellation) =>
        Write(db => Registry.Forget(db, Now - (long)silentFor.TotalMilliseconds), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<long>> AddDeadLettersAsync(IReadOnlyList<NewDeadLetter> letters, CancellationToken cancellation) =>
        Write(db => (IReadOnlyList<long>)[.. letters.Select(l => DeadLetters.Add(db, l, Now))], cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(DeadLetterQuery query, CancellationToken cancellation) => Read(db => DeadLetters.List(db, query), cancellation);

    /// <inheritdoc />
    public Task<int> SettleDeadLettersAsync(IReadOnlyCollection<long> ids, string resolution, CancellationToken cancellation) =>
        Write(db => DeadLetters.Settle(db, ids, resolution), cancellation);
}
