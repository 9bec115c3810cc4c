namespace Pipeline.Training.Runs;

/// <summary>
/// Dynamic loss scaling (Micikevicius et al. 2018, arXiv 1710.03740, section 3.2): the loss is multiplied before the backward pass, so that small gradients are not lost in half precision, and the gradients are
/// divided again. A step whose gradients overflow changes nothing and halves the scale; after some steps in a row that did not, it doubles. Scales are powers of two, so dividing is exact.
/// </summary>
/// <param name="growthEvery">Good steps in a row before the scale doubles.</param>
public sealed class LossScaler(int growthEvery = LossScaler.DefaultGrowthEvery)
{
    /// <summary>Good steps in a row before the scale doubles, as is usual.</summary>
    public const int DefaultGrowthEvery = 2_000;

    /// <summary>Scale of the first step.</summary>
    public const double First = 65_536;

    /// <summary>Largest scale.</summary>
    public const double Largest = 1 << 24;

    /// <summary>Factor of the loss: a power of two between 1 and <see cref="Largest"/>.</summary>
    public double Scale { get; private set; } = First;

    /// <summary>Good steps since the scale changed.</summary>
    public int Good { get; private set; }

    /// <summary>Steps that were skipped.</summary>
    public long Skipped { get; private set; }

    /// <summary>Takes the outcome of a step in.</summary>
    /// <param name="finite">Whether loss and gradients are numbers: whether the step counts.</param>
    /// <exception cref="TrainingException">They are none although the scale is 1: it is not the scale that is wrong.</exception>
    public void Update(bool finite)
    {
        if (!finite)
        {
            Skipped++;
            Scale = Scale > 1 ? Scale / 2 : throw new TrainingException("the loss overflows half precision even without a scale: lower the learning rate, or take precision bfloat16 or single");
            Good = 0;
        }
        else if (++Good >= growthEvery)
        {
            Scale = Math.Min(Largest, Scale * 2);
            Good = 0;
        }
    }

    /// <summary>Goes on from a checkpoint.</summary>
    /// <exception cref="TrainingException">No scaler was ever in that state.</exception>
    public void Restore(double scale, int good, long skipped)
    {
        if (!(scale is >= 1 and <= Largest) || good < 0 || skipped < 0)
        {
            throw new TrainingException($"state.json: loss scale {scale} after {good} good and {skipped} skipped steps cannot be: remove the checkpoint to resume from the one before it");
        }

        (Scale, Good, Skipped) = (scale, good, skipped);
    }
}
