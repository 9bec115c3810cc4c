using Pipeline.Training.Runs;

namespace Pipeline.Training.Tests.Runs;

public sealed class SampleOrderTests
{
    [Fact]
    public void An_epoch_has_every_sample_once_and_the_next_has_another_order()
    {
        SampleOrder order = new(7, 50);
        int[] first = order.Take(0, 50), second = order.Take(50, 50);
        Assert.Equal(Enumerable.Range(0, 50), first.Order());
        Assert.Equal(Enumerable.Range(0, 50), second.Order());
        Assert.NotEqual(first, second);
        Assert.Equal((0, 1), (order.EpochOf(49), order.EpochOf(50)));
    }

    [Fact]
    public void A_position_gives_its_sample_whatever_was_taken_before()
    {
        int[] whole = new SampleOrder(7, 50).Take(0, 120);
        Assert.Equal(whole[45..70], new SampleOrder(7, 50).Take(45, 25));
        Assert.NotEqual(whole, new SampleOrder(8, 50).Take(0, 120));
    }
}
