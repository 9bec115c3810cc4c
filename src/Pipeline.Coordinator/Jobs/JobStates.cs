using Pipeline.Ledger;

namespace Pipeline.Coordinator.Jobs;

/// <summary>What the states of jobs mean.</summary>
public static class JobStates
{
    /// <summary>Whether a job has ended.</summary>
    public static bool HasEnded(JobState state) => state is JobState.Cancelled or JobState.Done or JobState.DoneWithErrors or JobState.Failed or JobState.Deleting;
}
