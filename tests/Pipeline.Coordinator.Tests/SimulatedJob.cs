namespace Pipeline.Coordinator.Tests;

/// <summary>A job that always has work, all of its pictures with so many items.</summary>
internal sealed record SimulatedJob(string Id, string Tenant, int Weight, int PictureItems)
{
    public int Window { get; init; } = int.MaxValue;

    public int Served { get; set; }

    public int InFlight { get; set; }

    public int MostInFlight { get; set; }
}
