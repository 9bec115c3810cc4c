using FsCheck;
using FsCheck.Fluent;
using Pipeline.Training.Runs;

namespace Pipeline.Training.Tests.Runs;

public sealed class LossScalerTests
{
    private const int GrowthEvery = 3;

    [Fact]
    public void An_overflow_halves_the_scale_and_counts_as_skipped()
    {
        LossScaler scaler = new();
        scaler.Update(finite: true);
        scaler.Update(finite: false);
        Assert.Equal((LossScaler.First / 2, 0, 1L), (scaler.Scale, scaler.Good, scaler.Skipped));
    }

    [Fact]
    public void Good_steps_in_a_row_double_the_scale_and_an_overflow_among_them_begins_the_count_anew()
    {
        LossScaler scaler = new(GrowthEvery);
        Assert.Equal([1, 1, 2, 2, 2, 4], Run([true, true, true, true, true, true]));
        scaler = new LossScaler(GrowthEvery);
        Assert.Equal([1, 1, 0.5, 0.5, 0.5, 1], Run([true, true, false, true, true, true]));

        double[] Run(bool[] outcomes) => [.. outcomes.Select(o =>
        {
            scaler.Update(o);
            return scaler.Scale / LossScaler.First;
        })];
    }

    [Fact]
    public void Whatever_happens_the_scale_is_a_power_of_two_in_its_range_and_a_restored_scaler_goes_on_alike() => Prop.ForAll(
        ArbMap.Default.ArbFor<NonEmptyArray<bool>>(), outcomes =>
        {
            LossScaler whole = new(GrowthEvery), part = new(GrowthEvery);
            foreach (bool outcome in outcomes.Get)
            {
                LossScaler next = new(GrowthEvery);
                next.Restore(part.Scale, part.Good, part.Skipped);          // as if every step were a process of its own
                part = next;
                if (!outcome && whole.Scale == 1)
                {
                    return Throws(whole) && Throws(part);
                }

                whole.Update(outcome);
                part.Update(outcome);
                if (whole.Scale is < 1 or > LossScaler.Largest || !double.IsPow2(whole.Scale) || whole.Good >= GrowthEvery
                    || (whole.Scale, whole.Good, whole.Skipped) != (part.Scale, part.Good, part.Skipped))
                {
                    return false;
                }
            }

            return whole.Skipped == outcomes.Get.Count(o => !o);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_scale_that_cannot_be_is_not_restored()
    {
        Assert.Throws<TrainingException>(() => new LossScaler().Restore(0.5, 0, 0));
        Assert.Throws<TrainingException>(() => new LossScaler().Restore(double.NaN, 0, 0));
        Assert.Throws<TrainingException>(() => new LossScaler().Restore(2, -1, 0));
    }

    private static bool Throws(LossScaler scaler)
    {
        try
        {
            scaler.Update(finite: false);
            return false;
        }
        catch (TrainingException)
        {
            return true;
        }
    }
}
