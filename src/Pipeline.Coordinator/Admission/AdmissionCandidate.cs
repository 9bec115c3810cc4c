namespace Pipeline.Coordinator.Admission;

/// <summary>A job that has work to give out.</summary>
/// <param name="JobId">Job.</param>
/// <param name="Tenant">Owner; all tenants share alike.</param>
/// <param name="Weight">Share among the tenant's jobs, at least 1.</param>
/// <param name="Room">Items that its window still has room for.</param>
public sealed record AdmissionCandidate(string JobId, string Tenant, int Weight, int Room);
