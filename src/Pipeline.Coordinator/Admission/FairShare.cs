namespace Pipeline.Coordinator.Admission;

/// <summary>
/// Shares free credits between tenants, and a tenant's between its jobs by weight. Pictures are given out whole, so a turn may end in debt or with credits saved for a picture that did not
/// fit; over time every share comes out right. One round is <see cref="Begin"/>, then <see cref="Next"/> and <see cref="Took"/> until there is no grant. Not for concurrent use.
/// </summary>
public sealed class FairShare
{
    /// <summary>A usual picture fits into so many credits: below it, credits are kept for the one whose turn it is rather than given to others with smaller pictures.</summary>
    public const int Reserve = 24;

    private const int SmallestQuantum = 8;
    private const int LargestQuantum = 512;
    private readonly DeficitRing tenants = new();
    private readonly Dictionary<string, DeficitRing> jobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> room = new(StringComparer.Ordinal);
    private readonly HashSet<string> passed = new(StringComparer.Ordinal);
    private ILookup<string, AdmissionCandidate> byTenant = Array.Empty<AdmissionCandidate>().ToLookup(c => c.Tenant);
    private (AdmissionGrant Grant, string Tenant, bool FreeIsLeast)? open;
    private int free;
    private int capacity;
    private bool waiting;

    /// <summary>Starts a round.</summary>
    /// <param name="candidates">Jobs with work to give out; those whose window is full keep their place.</param>
    /// <param name="freeCredits">Credits that nobody holds.</param>
    /// <param name="allCredits">All credits, held ones included.</param>
    public void Begin(IReadOnlyList<AdmissionCandidate> candidates, int freeCredits, int allCredits)
    {
        byTenant = candidates.ToLookup(c => c.Tenant, StringComparer.Ordinal);
        tenants.Hold([.. byTenant.Select(t => (t.Key, 1))]);
        foreach (string gone in jobs.Keys.Where(t => !byTenant.Contains(t)).ToArray())
        {
            jobs.Remove(gone);
        }

        room.Clear();
        passed.Clear();
        foreach (IGrouping<string, AdmissionCandidate> tenant in byTenant)
        {
            DeficitRing ring = jobs.TryGetValue(tenant.Key, out DeficitRing? known) ? known : jobs[tenant.Key] = new DeficitRing();
            ring.Hold([.. tenant.Select(j => (j.JobId, j.Weight))]);
            foreach (AdmissionCandidate job in tenant)
            {
                room[job.JobId] = job.Room;
            }
        }

        (free, capacity, waiting, open) = (freeCredits, allCredits, false, null);
    }

    /// <summary>The next grant; null when the round is over.</summary>
    public AdmissionGrant? Next()
    {
        if (waiting || free <= 0)
        {
            return null;
        }

        string[] ready = [.. byTenant.Select(t => t.Key).Where(IsReady)];
        if (tenants.Turn(IsReady, Quantum(ready.Length)) is not var (tenant, tenantShare))
        {
            return null;
        }

        int rivals = byTenant[tenant].Count(j => IsOpen(j.JobId));
        (string job, int jobShare) = jobs[tenant].Turn(IsOpen, Quantum(rivals))!.Value;
        int share = Math.Min(ready.Length > 1 ? tenantShare : int.MaxValue, rivals > 1 ? jobShare : int.MaxValue);
        int credits = Math.Min(free, Math.Min(room[job], share));
        var grant = new AdmissionGrant(job, credits);
        open = (grant, tenant, credits == free);
        return grant;
    }

    /// <summary>Reports how many items of the last grant were given out; 0 when the next picture did not fit or there was none. More than granted is a debt.</summary>
    public void Took(int items)
    {
        (AdmissionGrant grant, string tenant, bool freeIsLeast) = open ?? throw new InvalidOperationException("nothing was granted");
        open = null;
        free -= items;
        room[grant.JobId] -= items;
        if (items > 0)
        {
            Charge(tenant, grant.JobId, items);
        }
        else if (freeIsLeast && grant.Credits < Math.Min(Reserve, capacity / 2))
        {
            waiting = true;
        }
        else if (grant.Credits < room[grant.JobId] && grant.Credits < free)
        {
            SaveUp(tenant);
        }
        else
        {
            passed.Add(grant.JobId);
        }
    }

    // A picture larger than the share: the next turn adds to it.
    private void SaveUp(string tenant)
    {
        int rivals = byTenant[tenant].Count(j => IsOpen(j.JobId));
        jobs[tenant].Next(IsOpen, Quantum(rivals));
        tenants.Next(IsReady, Quantum(byTenant.Count(t => IsReady(t.Key))));
    }

    // Deficits only mean something between rivals: whoever is alone owes nobody.
    private void Charge(string tenant, string job, int items)
    {
        if (byTenant[tenant].Count(j => IsOpen(j.JobId)) > 1)
        {
            jobs[tenant].Take(job, items);
        }

        if (byTenant.Count(t => IsReady(t.Key)) > 1)
        {
            tenants.Take(tenant, items);
        }
    }

    private bool IsReady(string tenant) => byTenant[tenant].Any(j => IsOpen(j.JobId));

    private bool IsOpen(string job) => room[job] > 0 && !passed.Contains(job);

    private int Quantum(int rivals) => Math.Clamp(free / Math.Max(1, rivals * 4), SmallestQuantum, LargestQuantum);
}
