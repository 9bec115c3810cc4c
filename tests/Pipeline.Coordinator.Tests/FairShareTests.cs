using FsCheck;
using FsCheck.Fluent;
using Pipeline.Coordinator.Admission;

namespace Pipeline.Coordinator.Tests;

public sealed class FairShareTests
{
    [Fact]
    public void Tenants_share_alike_and_their_jobs_by_weight_within_10_percent_whatever_the_pictures_sizes()
    {
        Gen<SimulatedJob[]> jobs = Gen.Choose(1, 8).SelectMany(pictures => Gen.Choose(1, 4).Select(weight => (pictures, weight))).ArrayOf(6)
            .Select(all => all.Select((j, i) => new SimulatedJob($"j{i}", $"t{i % 3}", j.weight, j.pictures)).ToArray());
        Prop.ForAll(jobs.ToArbitrary(), Gen.Choose(1, 1000).ToArbitrary(), (SimulatedJob[] all, int seed) =>
        {
            var simulation = new AdmissionSimulation(all, capacity: 64, seed);
            simulation.Run(rounds: 2500);
            double perTenant = simulation.Given / 3.0;
            foreach (IGrouping<string, SimulatedJob> tenant in all.GroupBy(j => j.Tenant))
            {
                double own = tenant.Sum(j => j.Served);
                Assert.InRange(own, 0.9 * perTenant, 1.1 * perTenant);
                foreach (SimulatedJob job in tenant)
                {
                    double fair = own * job.Weight / tenant.Sum(j => j.Weight);
                    Assert.InRange(job.Served, 0.9 * fair, 1.1 * fair);
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));
    }

    [Fact]
    public void No_job_starves_and_no_window_is_passed()
    {
        Gen<SimulatedJob[]> jobs = (from count in Gen.Choose(1, 8)
            from sizes in Gen.Choose(1, 24).ArrayOf(count)
            from weights in Gen.Choose(1, 1000).ArrayOf(count)
            from windows in Gen.Choose(24, 200).ArrayOf(count)
            select Enumerable.Range(0, count).Select(i => new SimulatedJob($"j{i}", $"t{i % 2}", weights[i], sizes[i]) { Window = windows[i] }).ToArray());
        Prop.ForAll(jobs.ToArbitrary(), Gen.Choose(48, 300).ToArbitrary(), Gen.Choose(1, 1000).ToArbitrary(), (SimulatedJob[] all, int capacity, int seed) =>
        {
            var simulation = new AdmissionSimulation(all, capacity, seed);
            simulation.Run(rounds: 200_000, until: () => all.All(j => j.Served >= 100)); // enough for a weight of 1 beside three of 1000
            Assert.All(all, job => Assert.True(job.Served >= 100, $"{job.Id} of weight {job.Weight} got {job.Served} of {simulation.Given}"));
            Assert.True(simulation.MostInFlight <= capacity, $"{simulation.MostInFlight} of {capacity}");
            Assert.All(all, job => Assert.True(job.MostInFlight <= job.Window));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    [Fact]
    public void A_job_alone_gets_all_credits_at_once()
    {
        var share = new FairShare();
        share.Begin([new AdmissionCandidate("a", "t", 1, 500)], 400, 400);
        Assert.Equal(new AdmissionGrant("a", 400), share.Next());
        share.Took(400);
        Assert.Null(share.Next());
    }

    [Fact]
    public void Who_comes_while_another_holds_all_credits_shares_with_it_from_then_on_and_gets_nothing_for_the_time_before()
    {
        var share = new FairShare();
        share.Begin([new AdmissionCandidate("a", "early", 1, 1000)], 1000, 1000);
        Assert.Equal(new AdmissionGrant("a", 1000), share.Next());
        share.Took(1000);
        share.Begin([new AdmissionCandidate("a", "early", 1, 0), new AdmissionCandidate("b", "late", 1, 1000)], 0, 1000);
        Assert.Null(share.Next());
        share.Begin([new AdmissionCandidate("a", "early", 1, 200), new AdmissionCandidate("b", "late", 1, 1000)], 200, 1000);
        var given = new Dictionary<string, int> { ["a"] = 0, ["b"] = 0 };
        while (share.Next() is { } grant)
        {
            share.Took(grant.Credits);
            given[grant.JobId] += grant.Credits;
        }

        Assert.Equal(200, given.Values.Sum());
        Assert.InRange(given["b"], 80, 120);
    }

    [Fact]
    public void A_job_that_can_give_out_nothing_now_does_not_hold_up_the_others()
    {
        var share = new FairShare();
        share.Begin([new AdmissionCandidate("only suspects", "t", 1, 500), new AdmissionCandidate("b", "t", 1, 500)], 400, 400);
        int given = 0;
        while (share.Next() is { } grant)
        {
            int taken = grant.JobId == "b" ? grant.Credits : 0;
            share.Took(taken);
            given += taken;
        }

        Assert.Equal(400, given);
    }
}
