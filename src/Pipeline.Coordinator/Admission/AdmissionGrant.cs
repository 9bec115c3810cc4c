namespace Pipeline.Coordinator.Admission;

/// <summary>Leave to give out items of a job.</summary>
/// <param name="JobId">Job.</param>
/// <param name="Credits">Most items.</param>
public sealed record AdmissionGrant(string JobId, int Credits);
