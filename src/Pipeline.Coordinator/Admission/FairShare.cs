namespace Pipeline.Coordinator.Admission;

/// <summary>
/// Shares free credits between tenants alike, and a tenant's between its jobs by weight. Pictures are given out whole: when the one whose turn it is does not fit, credits are kept until it
/// does rather than given to others with smaller pictures. One round is <see cref="Begin"/>, then <see cref="Next"/> and <see cref="Took"/> until there is no grant. Not for concurrent use.
/// </summary>
public sealed class FairShare
{
    /// <summary>A usual picture fits into so many credits: so many are kept for the one whose turn it is, not more.</summary>
    public const int Reserve = 24;

    private const int SmallestGrant = 8;
    private const int LargestGrant = 512;
    private readonly ServiceClock tenantClocks = new();
    private readonly Dictionary<string, ServiceClock> jobClocks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> room = new(StringComparer.Ordinal);
    private readonly HashSet<string> passed = new(StringComparer.Ordinal);
    private ILookup<string, AdmissionCandidate> byTenant = Array.Empty<AdmissionCandidate>().ToLookup(c => c.Tenant);
    private AdmissionCandidate? turn;
    private int granted;
    private int least;
    private int free;
    private int capacity;
    private bool waiting;

    /// <summary>Starts a round.</summary>
    /// <param name="candidates">Jobs with work to give out; those whose window is full keep their place.</param>
    /// <param name="freeCredits">Credits that nobody holds.</param>
    /// <param name="allCredits">All credits, held ones included.</param>
    public void Begin(IReadOnlyList<AdmissionCandidate> candidates, int freeCredits, int allCredits)
    {
        (free, capacity, waiting, turn, least) = (freeCredits, allCredits, false, null, 0);
        byTenant = candidates.ToLookup(c => c.Tenant, StringComparer.Ordinal);
        room.Clear();
        passed.Clear();
        foreach (AdmissionCandidate job in candidates)
        {
            room[job.JobId] = job.Room;
        }

        tenantClocks.Hold([.. byTenant.Select(t => (t.Key, t.Any(IsOpen)))]);
        foreach (string gone in jobClocks.Keys.Where(t => !byTenant.Contains(t)).ToArray())
        {
            jobClocks.Remove(gone);
        }

        foreach (IGrouping<string, AdmissionCandidate> tenant in byTenant)
        {
            ServiceClock clock = jobClocks.TryGetValue(tenant.Key, out ServiceClock? known) ? known : jobClocks[tenant.Key] = new ServiceClock();
            clock.Hold([.. tenant.Select(j => (j.JobId, IsOpen(j)))]);
        }
    }

    /// <summary>The next grant; null when the round is over.</summary>
    public AdmissionGrant? Next()
    {
        if (waiting || free <= 0 || tenantClocks.Next(byTenant.Where(t => t.Any(IsOpen)).Select(t => t.Key)) is not { } tenant)
        {
            return null;
        }

        string id = jobClocks[tenant].Next(byTenant[tenant].Where(IsOpen).Select(j => j.JobId))!;
        turn = byTenant[tenant].First(j => j.JobId == id);
        int rivals = byTenant.Sum(t => t.Count(IsOpen)) - 1;
        int share = rivals == 0 ? int.MaxValue : Math.Max(least, Math.Clamp(free / (2 * (rivals + 1)), SmallestGrant, LargestGrant));
        granted = Math.Min(free, Math.Min(room[id], share));
        return new AdmissionGrant(id, granted);
    }

    /// <summary>Reports how many items of the last grant were given out; 0 when the next picture did not fit or there was none.</summary>
    public void Took(int items)
    {
        AdmissionCandidate job = turn ?? throw new InvalidOperationException("nothing was granted");
        turn = null;
        if (items > 0)
        {
            least = 0;
            free -= items;
            room[job.JobId] -= items;
            tenantClocks.Serve(job.Tenant, items, 1);
            jobClocks[job.Tenant].Serve(job.JobId, items, job.Weight);
        }
        else if (granted < Math.Min(free, room[job.JobId]))
        {
            least = granted * 2; // a larger picture: the same job again, with more
        }
        else if (granted == free && granted < Math.Min(Reserve, capacity / 2))
        {
            waiting = true;
        }
        else
        {
            least = 0;
            passed.Add(job.JobId);
        }
    }

    private bool IsOpen(AdmissionCandidate job) => room[job.JobId] > 0 && !passed.Contains(job.JobId);
}
