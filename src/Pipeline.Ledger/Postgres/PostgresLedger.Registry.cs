using Pipeline.Contracts.Messages;
using Pipeline.Ledger.Accounting;

namespace Pipeline.Ledger.Postgres;

/// <content>Leases, workers, dead letters.</content>
public sealed partial class PostgresLedger
{
    /// <inheritdoc />
    public async Task<Lease?> TryLeadAsync(string name, string owner, TimeSpan duration, CancellationToken cancellation)
    {
        JobRules.RequireLease(name, owner, duration);
        return await RunAsync(tx => Registry.TryLeadAsync(tx, name, owner, duration), cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task ResignAsync(string name, string owner, CancellationToken cancellation) => RunAsync(tx => Registry.ResignAsync(tx, name, owner), cancellation);

    /// <inheritdoc />
    public Task<Lease?> LeaderAsync(string name, CancellationToken cancellation) => RunAsync(tx => Registry.LeaderAsync(tx, name), cancellation);

    /// <inheritdoc />
    public Task BeatAsync(IReadOnlyList<WorkerBeat> beats, CancellationToken cancellation) => RunAsync(tx => Registry.BeatAsync(tx, beats), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<WorkerInfo>> WorkersAsync(CancellationToken cancellation) => RunAsync(Registry.WorkersAsync, cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<string>> ForgetWorkersAsync(TimeSpan silentFor, CancellationToken cancellation) => RunAsync(tx => Registry.ForgetAsync(tx, silentFor), cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<long>> AddDeadLettersAsync(IReadOnlyList<NewDeadLetter> letters, CancellationToken cancellation) => RunAsync<IReadOnlyList<long>>(
        async tx =>
        {
            var ids = new long[letters.Count];
            // In one order, so that two transactions never wait for each other.
            foreach (int i in Enumerable.Range(0, letters.Count).OrderBy(i => DeadLetterRow.Of(letters[i]).Digest, StringComparer.Ordinal))
            {
                ids[i] = await Registry.AddDeadLetterAsync(tx, letters[i]).ConfigureAwait(false);
            }

            return ids;
        },
        cancellation);

    /// <inheritdoc />
    public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(DeadLetterQuery query, CancellationToken cancellation) => RunAsync(tx => Registry.DeadLettersAsync(tx, query), cancellation);

    /// <inheritdoc />
    public Task<int> SettleDeadLettersAsync(IReadOnlyCollection<long> ids, string resolution, CancellationToken cancellation) =>
        RunAsync(tx => Registry.SettleAsync(tx, ids, resolution), cancellation);
}
