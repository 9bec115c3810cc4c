using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Tests;

/// <content>Several processes: leases, claims side by side, workers, dead letters, restored backups.</content>
public abstract partial class LedgerContract
{
    [Fact]
    public async Task A_lease_has_one_owner_until_it_runs_out_or_is_given_back()
    {
        TimeSpan ten = TimeSpan.FromSeconds(10);
        Assert.Null(await Ledger.LeaderAsync("leader", default));
        Lease first = (await Ledger.TryLeadAsync("leader", "a", ten, default))!;
        Assert.Equal(("leader", "a", 1L, ten, fixture.Time.Now + ten), (first.Name, first.Owner, first.Term, first.Remaining, first.Until));
        Assert.Null(await Ledger.TryLeadAsync("leader", "b", ten, default));
        Assert.Equal("b", (await Ledger.TryLeadAsync("another", "b", ten, default))!.Owner);
        fixture.Time.Now += TimeSpan.FromSeconds(9);
        Assert.Equal((1L, ten), (await Ledger.TryLeadAsync("leader", "a", ten, default)) is { } renewed ? (renewed.Term, renewed.Remaining) : default);
        fixture.Time.Now += TimeSpan.FromSeconds(9);
        Assert.Null(await Ledger.TryLeadAsync("leader", "b", ten, default));
        fixture.Time.Now += TimeSpan.FromSeconds(1);
        Assert.Null(await Ledger.LeaderAsync("leader", default));
        Assert.Equal(2, (await Ledger.TryLeadAsync("leader", "b", ten, default))!.Term);
        Assert.Null(await Ledger.TryLeadAsync("leader", "a", ten, default));
        await Ledger.ResignAsync("leader", "a", default);
        Assert.Equal("b", (await Ledger.LeaderAsync("leader", default))!.Owner);
        await Ledger.ResignAsync("leader", "b", default);
        Assert.Null(await Ledger.LeaderAsync("leader", default));
        Assert.Equal(3, (await Ledger.TryLeadAsync("leader", "a", ten, default))!.Term);
        await Assert.ThrowsAsync<LedgerException>(() => Ledger.TryLeadAsync("leader", "", ten, default));
        await Assert.ThrowsAsync<LedgerException>(() => Ledger.TryLeadAsync("leader", "a", TimeSpan.Zero, default));
    }

    [Fact]
    public async Task Of_many_that_want_a_lease_at_once_one_gets_it()
    {
        await using ILedger other = await fixture.Database.OpenAsync(fixture.Time);
        for (int round = 0; round < 5; round++)
        {
            fixture.Time.Now += TimeSpan.FromMinutes(1);
            Lease?[] leases = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? Ledger : other).TryLeadAsync("leader", $"p{i}-{round}", TimeSpan.FromSeconds(30), default)));
            Assert.Equal(round + 1, Assert.Single(leases, l => l is not null)!.Term);
        }
    }

    [Fact]
    public async Task Two_coordinators_at_once_never_claim_an_item_twice()
    {
        await fixture.Import(LedgerFixture.Pictures(120, "joy", "fear"));
        await using ILedger other = await fixture.Database.OpenAsync(fixture.Time);
        IReadOnlyList<PictureDispatch>[] claims = await Task.WhenAll(new[] { Ledger, other, Ledger, other }.Select(async ledger =>
        {
            var mine = new List<PictureDispatch>();
            while (await LedgerFixture.Claim(ledger, 7) is { Count: > 0 } claimed)
            {
                mine.AddRange(claimed);
            }

            return (IReadOnlyList<PictureDispatch>)mine;
        }));
        Assert.Equal(Enumerable.Range(0, 240).Select(i => (long)i), claims.SelectMany(c => c).SelectMany(d => d.Items).Select(i => i.Item).Order());
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public async Task Two_coordinators_that_apply_the_same_results_count_them_once()
    {
        await fixture.Import(LedgerFixture.Pictures(40, "joy"));
        await fixture.Claim(40);
        await using ILedger other = await fixture.Database.OpenAsync(fixture.Time);
        StageResult[] results =
        [
            .. Enumerable.Range(0, 40).SelectMany(i => StageNames.All.Select(s => LedgerFixture.Result(s, i, i % 4 == 0 && s == "edit" ? StageOutcome.Poison : StageOutcome.Done))),
        ];
        ApplyReport[] reports = await Task.WhenAll(results.Chunk(15).SelectMany(c => new[] { Ledger.ApplyAsync(c, default), other.ApplyAsync([.. c.Reverse()], default) }));
        Assert.Equal((30, 10), (reports.Sum(r => r.Done), reports.Sum(r => r.Failed)));
        Assert.Equal(0, (await fixture.Progress()).Open);
        await fixture.AssertCountersEqualScan();
    }

    [Fact]
    public async Task Workers_are_known_by_their_beats_until_they_are_forgotten()
    {
        var beat = new WorkerBeat
        {
            WorkerId = "w1", Stages = ["edit"], Device = "cuda:0", ModelDigests = new Dictionary<string, string> { ["unet"] = "abc" }, Busy = true, InHand = [new ItemInHand("job", 5)],
        };
        await Ledger.BeatAsync([beat, beat with { WorkerId = "w2" }], default);
        fixture.Time.Now += TimeSpan.FromSeconds(30);
        await Ledger.BeatAsync([beat, beat with { Busy = false }], default);
        IReadOnlyList<WorkerInfo> workers = await Ledger.WorkersAsync(default);
        Assert.Equal(["w1", "w2"], workers.Select(w => w.Id));
        Assert.Equal((false, TimeSpan.Zero, TimeSpan.FromSeconds(30)), (workers[0].Beat.Busy, workers[0].Silence, workers[1].Silence));
        Assert.Equal(fixture.Time.Now.AddSeconds(-30), workers[0].FirstSeen);
        Assert.Equal(("abc", new ItemInHand("job", 5)), (workers[0].Beat.ModelDigests!["unet"], workers[0].Beat.InHand.Single()));
        Assert.Equal(["w2"], await Ledger.ForgetWorkersAsync(TimeSpan.FromSeconds(20), default));
        Assert.Equal(["w1"], (await Ledger.WorkersAsync(default)).Select(w => w.Id));
    }

    [Fact]
    public async Task Dead_letters_are_kept_once_until_they_are_settled()
    {
        var letter = new NewDeadLetter { Queue = "moodpipe.edit.bulk", Reason = "delivery_limit", JobId = "job", Stage = "edit", Items = [1, 2], Body = [1, 2, 3], HeadersJson = "{}" };
        IReadOnlyList<long> ids = await Ledger.AddDeadLettersAsync([letter, letter with { Body = new byte[100_000], JobId = null, Reason = new string('r', 3000) }, letter], default);
        Assert.Equal(ids[0], ids[2]);
        Assert.NotEqual(ids[0], ids[1]);
        IReadOnlyList<DeadLetter> letters = await Ledger.DeadLettersAsync(new DeadLetterQuery(), default);
        Assert.Equal(2, letters.Count);
        DeadLetter small = letters.Single(l => l.Id == ids[0]);
        Assert.Equal((2L, 3L, "edit", "delivery_limit", "{}"), (small.Count, small.BodyBytes, small.Letter.Stage, small.Letter.Reason, small.Letter.HeadersJson));
        Assert.Equal([1, 2], small.Letter.Items);
        Assert.Equal([1, 2, 3], small.Letter.Body);
        DeadLetter large = letters.Single(l => l.Id == ids[1]);
        Assert.Equal((100_000L, NewDeadLetter.MaxBody, NewDeadLetter.MaxText, null), (large.BodyBytes, large.Letter.Body.Length, large.Letter.Reason.Length, large.Letter.JobId));

        Assert.Equal([ids[0]], (await Ledger.DeadLettersAsync(new DeadLetterQuery { JobId = "job" }, default)).Select(l => l.Id));
        Assert.Equal([letters[1].Id], (await Ledger.DeadLettersAsync(new DeadLetterQuery { After = letters[0].Id }, default)).Select(l => l.Id));
        Assert.Equal(1, await Ledger.SettleDeadLettersAsync([ids[0], 12345], "run alone", default));
        Assert.Equal(0, await Ledger.SettleDeadLettersAsync([ids[0]], "again", default));
        Assert.Equal([ids[1]], (await Ledger.DeadLettersAsync(new DeadLetterQuery(), default)).Select(l => l.Id));
        Assert.Equal("run alone", (await Ledger.DeadLettersAsync(new DeadLetterQuery { OpenOnly = false }, default)).Single(l => l.Id == ids[0]).Resolution);
        await Ledger.AddDeadLettersAsync([letter], default);
        Assert.Equal(2, (await Ledger.DeadLettersAsync(new DeadLetterQuery(), default)).Count);
    }

    [Fact]
    public async Task A_ledger_restored_from_an_older_state_ends_like_the_one_that_was_lost()
    {
        await fixture.Import(LedgerFixture.Pictures(6, "joy"));
        await fixture.Claim(6);
        StageResult[] results = [.. Enumerable.Range(0, 6).SelectMany(i => StageNames.All.Select(s => LedgerFixture.Result(s, i, i == 4 && s == "edit" ? StageOutcome.Poison : StageOutcome.Done)))];
        await Ledger.ApplyAsync(results[..12], default);
        await Ledger.DisposeAsync();
        ITestDatabase backup = await fixture.Database.CopyAsync();
        await fixture.Reopen();
        await Ledger.ApplyAsync(results[12..], default);

        // The backup is put in place: workers still send what it does not know, and what is in flight is dispatched again and found in the store.
        await using LedgerFixture restored = await LedgerFixture.CreateAsync(backup);
        restored.Time.Now += TimeSpan.FromHours(1);
        await restored.Ledger.ApplyAsync(results[20..25], default);
        await restored.Ledger.ReleaseAsync(null, all: false, default);
        foreach (PictureDispatch dispatch in await restored.Claim(10))
        {
            foreach ((long item, string stage) in dispatch.Items.SelectMany(i => StageNames.All.Select(s => (i.Item, s))))
            {
                await restored.Apply(stage, item, item == 4 && stage == "edit" ? StageOutcome.Poison : StageOutcome.Cached, dispatch.Epoch, dispatch.Attempt);
            }
        }

        Assert.Equal((await fixture.Items()).Select(i => (i.State, i.Failure)), (await restored.Items()).Select(i => (i.State, i.Failure)));
        Assert.Equal(JobState.DoneWithErrors, await restored.Ledger.FinishJobAsync(LedgerFixture.Job, default));
        await restored.AssertCountersEqualScan();
    }
}
