using Pipeline.Training.Data;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Tests.Runs;

public sealed class BatchesAheadTests
{
    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 1)]
    [InlineData(4, 3)]
    public void Batches_come_in_order_and_never_more_are_made_ahead_than_allowed(int readers, int ahead)
    {
        int taken = 0, most = 0, started = 0;
        BatchLoss Load(PlannedBatch batch)
        {
            int made = Interlocked.Increment(ref started) - Volatile.Read(ref taken);
            lock (this)
            {
                most = Math.Max(most, made);
            }

            Thread.Sleep(batch.Samples[0].Number % 3);                                    // later ones may be ready first
            return _ => throw new InvalidOperationException(batch.Samples[0].Number.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        using BatchesAhead batches = new(Enumerable.Range(0, 40).Select(i => new PlannedBatch([new Sample(i, 0)], [])), Load, new TrainingSurroundings { Readers = readers, Ahead = ahead });
        for (int i = 0; i < 40; i++)
        {
            (PlannedBatch batch, BatchLoss loss) = batches.Next();
            Volatile.Write(ref taken, i + 1);
            Assert.Equal((1, $"{i}"), (batch.Samples.Length, Assert.Throws<InvalidOperationException>(() => loss(null!)).Message));
        }

        Assert.InRange(most, 1, ahead + 1);
        Assert.Throws<InvalidOperationException>(() => batches.Next());
    }

    [Fact]
    public void What_goes_wrong_while_reading_ends_the_step_that_needs_it_and_no_earlier_one()
    {
        static BatchLoss Load(PlannedBatch batch) => batch.Samples[0].Number < 2 ? _ => null! : throw new TrainingException("third");
        using BatchesAhead batches = new(Enumerable.Range(0, 9).Select(i => new PlannedBatch([new Sample(i, 0)], [])), Load, new TrainingSurroundings { Readers = 2, Ahead = 6 });
        batches.Next();
        batches.Next();
        Assert.Equal("third", Assert.Throws<TrainingException>(() => batches.Next()).Message);
    }

    [Fact]
    public void Nothing_is_read_any_more_after_the_end()
    {
        int reading = 0;
        BatchLoss Load(PlannedBatch batch)
        {
            Interlocked.Increment(ref reading);
            Thread.Sleep(30);
            Interlocked.Decrement(ref reading);
            return _ => null!;
        }

        BatchesAhead batches = new(Enumerable.Range(0, 100).Select(i => new PlannedBatch([new Sample(i, 0)], [])), Load, new TrainingSurroundings { Readers = 2, Ahead = 8 });
        batches.Next();
        batches.Dispose();
        Assert.Equal(0, Volatile.Read(ref reading));
    }
}
