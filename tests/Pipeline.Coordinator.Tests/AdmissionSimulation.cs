using Pipeline.Coordinator.Admission;

namespace Pipeline.Coordinator.Tests;

/// <summary>Gives out whole pictures by <see cref="FairShare"/> while items end in random order.</summary>
internal sealed class AdmissionSimulation(SimulatedJob[] jobs, int capacity, int seed)
{
    private readonly Random random = new(seed);
    private readonly List<SimulatedJob> flying = [];
    private readonly FairShare share = new();

    public int Given { get; private set; }

    public int MostInFlight { get; private set; }

    public void Run(int rounds, Func<bool>? until = null)
    {
        for (int round = 0; round < rounds && until?.Invoke() != true; round++)
        {
            share.Begin([.. jobs.Select(j => new AdmissionCandidate(j.Id, j.Tenant, j.Weight, Math.Min(j.Window, capacity) - j.InFlight))], capacity - flying.Count, capacity);
            while (share.Next() is { } grant)
            {
                SimulatedJob job = jobs.Single(j => j.Id == grant.JobId);
                int items = grant.Credits / job.PictureItems * job.PictureItems;
                share.Took(items);
                Give(job, items);
            }

            for (int ended = random.Next(1, 12); ended > 0 && flying.Count > 0; ended--)
            {
                int which = random.Next(flying.Count);
                flying[which].InFlight--;
                flying.RemoveAt(which);
            }
        }
    }

    private void Give(SimulatedJob job, int items)
    {
        Given += items;
        job.Served += items;
        job.InFlight += items;
        flying.AddRange(Enumerable.Repeat(job, items));
        job.MostInFlight = Math.Max(job.MostInFlight, job.InFlight);
        MostInFlight = Math.Max(MostInFlight, flying.Count);
    }
}
