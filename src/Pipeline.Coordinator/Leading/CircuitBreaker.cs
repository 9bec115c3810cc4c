using Pipeline.Contracts.Errors;
using Pipeline.Ledger;

namespace Pipeline.Coordinator.Leading;

/// <summary>
/// Watches for one defect that hits many items: then the job is paused before it spends the rest of its work on it. After a person has resumed the job, as many items again must show it.
/// </summary>
/// <param name="leastItems">Fewest items with one fingerprint.</param>
/// <param name="share">Share of the job's items that they must pass.</param>
public sealed class CircuitBreaker(int leastItems, double share)
{
    private readonly Dictionary<string, long> accepted = new(StringComparer.Ordinal);
    private bool armed;

    /// <summary>Takes the failures so far as known: the first look at a job, or it was resumed.</summary>
    public void Accept(IReadOnlyList<ErrorSummary> errors)
    {
        armed = true;
        accepted.Clear();
        foreach (ErrorSummary error in errors)
        {
            accepted[error.Fingerprint] = error.Items;
        }
    }

    /// <summary>Why the job is to be paused, or null.</summary>
    public string? Check(IReadOnlyList<ErrorSummary> errors, long items)
    {
        if (!armed)
        {
            Accept([]);
        }

        foreach (ErrorSummary error in errors.Where(e => e.Code == ErrorCodes.Logic))
        {
            long since = error.Items - accepted.GetValueOrDefault(error.Fingerprint);
            if (since >= leastItems && since > share * items)
            {
                return $"{error.Items} items failed at {error.Stage} with one cause ({error.Fingerprint}: {error.Message}); find the defect, then resume the job, or replay it once the defect is fixed";
            }
        }

        return null;
    }
}
