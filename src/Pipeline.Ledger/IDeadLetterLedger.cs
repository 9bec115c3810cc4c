namespace Pipeline.Ledger;

/// <summary>Messages that no consumer could take, kept until a person or the coordinator has dealt with them.</summary>
public interface IDeadLetterLedger
{
    /// <summary>Keeps dead letters; one with the same queue, reason and bytes is kept once and counted. Returns their numbers, in order.</summary>
    Task<IReadOnlyList<long>> AddDeadLettersAsync(IReadOnlyList<NewDeadLetter> letters, CancellationToken cancellation);

    /// <summary>Dead letters, the oldest first.</summary>
    Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(DeadLetterQuery query, CancellationToken cancellation);

    /// <summary>Notes what became of dead letters; those that are settled already stay as they are. Returns the number that changed.</summary>
    Task<int> SettleDeadLettersAsync(IReadOnlyCollection<long> ids, string resolution, CancellationToken cancellation);
}
