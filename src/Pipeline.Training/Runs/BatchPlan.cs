using Pipeline.Training.Data;
using Pipeline.Training.Ranks;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>
/// The micro-batches of all steps to come, with the numbers that tasks draw for them. These come from a copy of the run's generator, so that pictures can be rendered before their step; the step draws them again from
/// the run's own, whose state is what a checkpoint saves.
/// </summary>
internal sealed class BatchPlan(TrainingConfig config, ITrainingTask task, SampleOrder order, BatchParts? parts)
{
    /// <summary>Micro-batches after a number of steps.</summary>
    /// <param name="first">Steps that are done.</param>
    /// <param name="run">The run's generator as it is before the next step; only read, when the first batch is asked for.</param>
    public IEnumerable<PlannedBatch> After(long first, Generator run)
    {
        using Generator ahead = CopyOf(run);
        for (long step = first; step < config.Steps; step++)
        {
            Sample[] batch = order.Samples(step * config.Batch, config.Batch);
            foreach ((Sample[] samples, long? seed) in parts?.Of(batch, step + 1) ?? [(batch, null)])
            {
                if (seed is { } own)
                {
                    _ = ahead.manual_seed(own);
                }

                foreach (Sample[] micro in samples.Chunk(config.MicroBatch == 0 ? config.Batch : config.MicroBatch))
                {
                    yield return new PlannedBatch(micro, Draw(task.DrawsOf(micro.Length), ahead));
                }
            }
        }
    }

    /// <summary>Draws a batch's numbers from the run's own generator.</summary>
    /// <exception cref="InvalidOperationException">They are not what was planned: the task's loss draws before its own numbers are drawn.</exception>
    public static void Take(PlannedBatch batch, Generator run)
    {
        if (!Draw(batch.Draws.Length, run).SequenceEqual(batch.Draws))
        {
            throw new InvalidOperationException("a loss of a task with numbers of its own draws from the run's generator too");
        }
    }

    /// <summary>Uniform in [0, 2⁵²): whole numbers of them are exact.</summary>
    private static double[] Draw(int count, Generator random)
    {
        if (count == 0)
        {
            return [];
        }

        using Tensor drawn = empty([count], ScalarType.Float64).uniform_(0, 1L << 52, random);
        using TensorAccessor<double> values = drawn.data<double>();
        return values.ToArray();
    }

    private static Generator CopyOf(Generator run)
    {
        using Tensor state = run.get_state();
        Generator copy = new(0);
        copy.set_state(state);
        return copy;
    }
}
