using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.Ranks;

/// <summary>
/// Computes a step in equal parts of the batch, each with random numbers of its own: all parts in one process, or one part each in as many processes. Gradients and terms are added in the order of parts, so the
/// outcome has the same bits either way.
/// </summary>
/// <param name="config">Says how many parts.</param>
/// <param name="exchange">To the other processes; null when this one computes all parts.</param>
internal sealed class BatchParts(TrainingConfig config, RankExchange? exchange)
{
    private const ulong Purpose = 83;

    /// <summary>Parts that this process computes.</summary>
    public IEnumerable<int> Own => exchange is null ? Enumerable.Range(0, config.Shards) : [exchange.Rank];

    /// <summary>Of a step's batch, the samples of this process's parts, and the seeds of their random numbers.</summary>
    public IEnumerable<(Sample[] Samples, long? Seed)> Of(Sample[] batch, long step) => Own.Select(part => (batch[(part * PartSize)..((part + 1) * PartSize)], (long?)SeedOf(step, part)));

    private int PartSize => config.Batch / config.Shards;

    /// <summary>Whether any process asks for an early end.</summary>
    public bool AnyStops(bool stopping)
    {
        Contribution own = new(0, 0, 0) { IsStopping = stopping };
        exchange?.Sum(own, new Contribution(0, 0, 0));
        return own.IsStopping;
    }

    /// <summary>Leaves the gradients of the whole batch at the parameters.</summary>
    /// <param name="state">Parameters and generators.</param>
    /// <param name="step">1 for the first; random numbers depend on it and on the part only.</param>
    /// <param name="stopping">Whether this process asks for an early end.</param>
    /// <param name="backward">Adds the gradients and the terms of a number of samples.</param>
    /// <returns>The terms, and whether any process asks for an end.</returns>
    public (List<(string Name, double Value)> Terms, bool IsStopping) Compute(TrainedState state, long step, bool stopping, Action<int, List<(string Name, double Value)>> backward)
    {
        Contribution? sum = null;
        List<(string Name, double Value)> terms = [];
        foreach (int part in Own)
        {
            state.Reseed(SeedOf(step, part));
            Clear(state);
            terms = [];
            backward(PartSize, terms);
            Contribution next = Take(state, terms);
            if (sum is null)
            {
                sum = next;
            }
            else
            {
                sum.Add(next);
            }
        }

        sum!.IsStopping = stopping;
        if (exchange is not null)
        {
            exchange.Sum(sum, new Contribution(terms.Count, state.Parameters.Count, sum.Gradients.LongLength));
        }

        Give(state, sum);
        return ([.. terms.Select((t, i) => (t.Name, sum.Terms[i]))], sum.IsStopping);
    }

    private long SeedOf(long step, int part) => (long)(new SeededRandom((ulong)config.Seed + ((ulong)step << 8), Purpose + (ulong)part).Next() >> 1);

    private static void Clear(TrainedState state)
    {
        foreach ((_, Parameter parameter) in state.Parameters)
        {
            parameter.grad = null!;
        }
    }

    private static Contribution Take(TrainedState state, List<(string Name, double Value)> terms)
    {
        using DisposeScope scope = NewDisposeScope();
        Contribution taken = new(terms.Count, state.Parameters.Count, state.Parameters.Sum(p => p.Value.numel()));
        terms.Select(t => t.Value).ToArray().CopyTo(taken.Terms, 0);
        int place = 0;
        for (int i = 0; i < state.Parameters.Count; i++)
        {
            Parameter parameter = state.Parameters[i].Value;
            if (parameter.grad is { } gradient)
            {
                taken.Present[i] = 1;
                gradient.to(CPU).contiguous().data<float>().ToArray().CopyTo(taken.Gradients, place);
            }

            place += (int)parameter.numel();
        }

        return taken;
    }

    private static void Give(TrainedState state, Contribution sum)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        int place = 0;
        for (int i = 0; i < state.Parameters.Count; i++)
        {
            Parameter parameter = state.Parameters[i].Value;
            int count = (int)parameter.numel();
            if (sum.Present[i] != 0)
            {
                parameter.grad = tensor(sum.Gradients.AsSpan(place, count).ToArray(), parameter.shape).to(parameter.device);
            }

            place += count;
        }
    }
}
