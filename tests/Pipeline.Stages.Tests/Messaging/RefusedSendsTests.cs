using Pipeline.Shared;
using Pipeline.Stages.Messaging;

namespace Pipeline.Stages.Tests.Messaging;

/// <summary>When a connection over which a queue takes nothing is replaced. What it is for is shown on a real broker of three nodes (BrokerClusterTests).</summary>
public sealed class RefusedSendsTests
{
    private static readonly Uri Results = new("rabbitmq://localhost/vhost/moodpipe.results");
    private static readonly Uri Edits = new("rabbitmq://localhost/vhost/moodpipe.edit.bulk");
    private readonly SteppedTime time = new();
    private readonly List<string> replaced = [];
    private object? connection = new();

    [Fact]
    public async Task A_queue_that_refuses_for_a_while_gets_another_connection()
    {
        RefusedSends sends = Observer();
        await RefuseAsync(sends, Results, until: 9.9);
        Assert.Empty(replaced);
        await RefuseAsync(sends, Results, until: 10);
        Assert.Equal(["moodpipe.results refuses everything over this connection"], replaced);
    }

    [Fact]
    public async Task Whatever_is_taken_in_between_starts_the_count_again()
    {
        RefusedSends sends = Observer();
        await RefuseAsync(sends, Results, until: 9);
        sends.Taken(Results);
        await RefuseAsync(sends, Results, until: 18);
        Assert.Empty(replaced);
        await RefuseAsync(sends, Results, until: 20);
        Assert.Single(replaced);
    }

    [Fact]
    public async Task What_other_queues_take_says_nothing_about_this_one()
    {
        RefusedSends sends = Observer();
        await RefuseAsync(sends, Results, until: 9);
        sends.Taken(Edits);
        await RefuseAsync(sends, Results, until: 11);
        Assert.Single(replaced);
    }

    [Fact]
    public async Task A_new_connection_has_its_own_time()
    {
        RefusedSends sends = Observer();
        await RefuseAsync(sends, Results, until: 9);
        connection = new object();
        await RefuseAsync(sends, Results, until: 18);
        Assert.Empty(replaced);
    }

    [Fact]
    public async Task A_queue_that_stays_full_costs_a_connection_ever_more_seldom()
    {
        RefusedSends sends = Observer(renew: true);
        await RefuseAsync(sends, Results, until: 3600);
        // After 10, 40 and 160 s, then every ten minutes.
        Assert.InRange(replaced.Count, 6, 9);
        sends.Taken(Results);
        int before = replaced.Count;
        await RefuseAsync(sends, Results, until: 3615);
        Assert.Equal(before + 1, replaced.Count);
    }

    [Fact]
    public async Task Without_a_known_connection_nothing_happens()
    {
        connection = null;
        await RefuseAsync(Observer(), Results, until: 60);
        Assert.Empty(replaced);
    }

    private RefusedSends Observer(bool renew = false) => new(
        () => connection,
        reason =>
        {
            replaced.Add(reason);
            connection = renew ? new object() : connection;
            return Task.CompletedTask;
        },
        time);

    // A refusal every half second.
    private async Task RefuseAsync(RefusedSends sends, Uri queue, double until)
    {
        for (; time.Elapsed < TimeSpan.FromSeconds(until); time.Elapsed += TimeSpan.FromSeconds(0.5))
        {
            await sends.RefusedAsync(queue);
        }

        time.Elapsed = TimeSpan.FromSeconds(until);
        await sends.RefusedAsync(queue);
    }
}
