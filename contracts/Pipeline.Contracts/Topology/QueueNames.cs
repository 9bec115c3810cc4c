using Pipeline.Contracts.Messages;

namespace Pipeline.Contracts.Topology;

/// <summary>Names of queues; each has an exchange of the same name, and senders address the exchange (<c>exchange:NAME</c>), never the queue.</summary>
public static class QueueNames
{
    /// <summary>Outcomes of all stages, read by the ledger's writer.</summary>
    public const string Results = "moodpipe.results";

    /// <summary>Where work goes that killed its workers too often.</summary>
    public const string Dead = "moodpipe.dead";

    /// <summary>Fan-out of orders to all workers.</summary>
    public const string Control = "moodpipe.control";

    /// <summary>Signs of life of the workers.</summary>
    public const string Beats = "moodpipe.beats";

    /// <summary>The work queue of a stage for a class of jobs, for example <c>moodpipe.edit.bulk</c>.</summary>
    public static string Work(string stage, WorkClass workClass) =>
        StageNames.IsWellFormed(stage)
            ? $"moodpipe.{stage}.{(workClass == WorkClass.Express ? "express" : "bulk")}"
            : throw new ArgumentException($"'{stage}' is not the name of a stage", nameof(stage));

    /// <summary>Address to send to. Works on every transport; a <c>queue:</c> address would let the sender re-declare the queue.</summary>
    public static Uri Address(string queue) => new($"exchange:{queue}");

    /// <summary>Every fixed queue of an installation.</summary>
    public static IEnumerable<string> All() =>
        StageNames.All.SelectMany(stage => new[] { Work(stage, WorkClass.Bulk), Work(stage, WorkClass.Express) }).Concat([Results, Dead, Control, Beats]);
}
