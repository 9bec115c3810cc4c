using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Accounting;

/// <summary>What every database refuses in the same words.</summary>
internal static class JobRules
{
    /// <summary>Items of one message at most: more could pass the 16 kB that a message may have.</summary>
    public const int MaxItemsInMessage = 24;

    private const int MaxText = 500;

    public static void Require(NewJob job)
    {
        if (job.Id is not { Length: >= 1 and <= 100 } || !job.Id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') || !StageGraph.IsRunnable(job.StageMask))
        {
            throw Poison($"job '{job.Id}' has an impossible name or set of stages ({job.StageMask})");
        }

        if (job.Window < 1 || job.Weight < 1 || job.BudgetSeconds is < 0 or double.NaN || job.Tenant.Length > MaxText || job.Name.Length > MaxText)
        {
            throw Poison($"job {job.Id} has an impossible window ({job.Window}), weight ({job.Weight}), budget ({job.BudgetSeconds}), tenant or name (at most {MaxText} characters)");
        }
    }

    public static void Require(string jobId, JobAdjustment change)
    {
        if (change.Window is < 1 || change.Weight is < 1 || change.BudgetSeconds is double.NaN)
        {
            throw Poison($"job {jobId} cannot be served with window {change.Window}, weight {change.Weight}, budget {change.BudgetSeconds}");
        }
    }

    public static void RequireLease(string name, string owner, TimeSpan duration)
    {
        if (name is not { Length: >= 1 and <= 200 } || owner is not { Length: >= 1 and <= 200 } || duration <= TimeSpan.Zero)
        {
            throw Poison($"lease '{name}' for '{owner}' needs names of 1 to 200 characters and a positive duration, not {duration}");
        }
    }

    public static LedgerException Unknown(string jobId) => Poison($"the ledger knows no job '{jobId}'");

    public static LedgerException OtherSpecification(string jobId) => Poison($"job {jobId} exists with another specification; give the new one another name");

    public static LedgerException BeingDeleted(string jobId) =>
        new(ErrorCodes.Ledger, FaultClass.Transient, $"job {jobId} is being deleted; submit it again when that has ended, or under another name");

    public static LedgerException NotEnded(string jobId, JobState state) => Poison($"job {jobId} is {state} and cannot be deleted; cancel it first");

    public static LedgerException ImportOutOfOrder(string jobId, long firstPicture, long imported, JobState state) =>
        new(ErrorCodes.Ledger, FaultClass.Logic, $"import of picture {firstPicture} into job {jobId}, which has {imported} and is in state {state}");

    public static LedgerException NewerVersion(string where, long version, int known) =>
        new(ErrorCodes.LedgerVersion, FaultClass.Environment, $"ledger {where} has version {version}, this program knows up to {known}; use the newer program that wrote it");

    private static LedgerException Poison(string message) => new(ErrorCodes.Ledger, FaultClass.Poison, message);
}
