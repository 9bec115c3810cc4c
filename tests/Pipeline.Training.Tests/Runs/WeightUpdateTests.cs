using System.Text.Json;
using Pipeline.Models.Layers;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Runs;

/// <summary>Steps in float16 of a task without products, which any device computes: what the scale does to gradients, weights, moments and averages.</summary>
public sealed class WeightUpdateTests
{
    private static readonly TrainingConfig s_single = new()
    {
        System = "sum",
        Steps = 10,
        Batch = 1,
        Optimiser = new OptimiserConfig { Rate = 0.1, GradientNorm = 0 },
        Model = JsonSerializer.SerializeToElement(new { }),
    };

    private static readonly TrainingConfig s_scaled = s_single with { Precision = TrainingPrecision.Float16 };

    [Fact]
    public void A_step_that_overflows_changes_nothing_and_halves_the_scale()
    {
        using SumTask task = new();
        using TrainedState state = new(task, s_scaled);
        WeightUpdate update = new(s_scaled);
        Assert.NotNull(Step(update, state, task, 1, 2));
        float[][] before = Values(state);
        Assert.Null(Step(update, state, task, 2, 1e36));                    // 65,536 times that is beyond single precision
        Assert.Equal(before, Values(state));
        Assert.Equal(1, update.Skipped);
        Assert.Equal([1L], task.Steps);
        Assert.Equal(LossScaler.First / 2, update.Scaler!.Scale);
    }

    [Fact]
    public void A_skipped_step_is_as_if_it_had_not_been()
    {
        using SumTask plain = new(), task = new();
        using TrainedState expected = new(plain, s_single), state = new(task, s_scaled);
        WeightUpdate single = new(s_single), update = new(s_scaled);
        double[] slopes = [2, -0.5, 3];
        for (int i = 0; i < slopes.Length; i++)
        {
            Step(single, expected, plain, i + 1, slopes[i]);
        }

        Step(update, state, task, 1, slopes[0]);
        Assert.Null(Step(update, state, task, 2, 1e36));
        Assert.Null(Step(update, state, task, 3, double.NaN));
        Step(update, state, task, 4, slopes[1]);
        Step(update, state, task, 5, slopes[2]);
        Assert.Equal(Values(expected), Values(state));                      // bit for bit: scales are powers of two
    }

    [Fact]
    public void Gradients_that_half_precision_would_lose_arrive()
    {
        using SumTask task = new();
        using TrainedState state = new(task, s_scaled);
        WeightUpdate update = new(s_scaled);
        const double Slope = 1e-8;                                          // below the smallest number of half precision, 6e-8
        Assert.Equal(Slope * Math.Sqrt(SumTask.Size), Step(update, state, task, 1, Slope)!.Value, 1e-13);
    }

    [Fact]
    public void A_loss_that_is_no_number_ends_a_run_without_a_scale_and_names_it()
    {
        using SumTask task = new();
        using TrainedState state = new(task, s_single);
        Assert.Contains("not a number", Assert.Throws<TrainingException>(() => Step(new WeightUpdate(s_single), state, task, 1, double.NaN)).Message, StringComparison.Ordinal);
        Assert.Contains("'values'", Assert.Throws<TrainingException>(() => Step(new WeightUpdate(s_single), state, task, 1, 0, infinite: true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Products_are_rounded_only_where_they_are_asked_to_be_and_their_results_are_single_precision()
    {
        using DisposeScope scope = NewDisposeScope();
        using Pipeline.Models.Layers.Linear layer = new(new RandomWeights(5, trainable: true), 64, 8);
        Tensor x = rand([4, 64]), exact = layer.forward(x);
        Tensor rounded;
        using (ProductPrecision.Use(ScalarType.BFloat16))
        {
            rounded = layer.forward(x);
            using IDisposable single = ProductPrecision.Use(null);
            Assert.Equal(0, (layer.forward(x) - exact).abs().max().ToDouble());
        }

        Assert.Equal(ScalarType.Float32, rounded.dtype);
        Assert.InRange((rounded - exact).abs().max().ToDouble(), 1e-6, 0.02);
        Assert.Equal(0, (layer.forward(x) - exact).abs().max().ToDouble());
        rounded.sum().backward();
        Assert.Equal(ScalarType.Float32, layer.weight.grad!.dtype);
        Assert.InRange((layer.weight.grad - x.sum(0, keepdim: true)).abs().max().ToDouble(), 0, 0.02 * 4);
    }

    private static double? Step(WeightUpdate update, TrainedState state, SumTask task, long step, double slope, bool infinite = false)
    {
        using DisposeScope scope = NewDisposeScope();
        task.Network.zero_grad();
        (task.Slope, task.IsRoot) = (slope, infinite);
        List<(string, double)> terms = [];
        update.Add(task.Load([], []), state.Noise, 1, terms);
        return update.Apply(state, task, step, 0.1, terms);
    }

    private static float[][] Values(TrainedState state) =>
        [.. state.Parameters.Select(p => (Tensor)p.Value).Concat(state.Optimiser.Moments.Select(m => m.Value)).Concat(state.Average.Values.Select(v => v.Value)).Select(t => t.detach().data<float>().ToArray())];

    /// <summary>Loss: slope · Σ w. Its root at 0 has an infinite gradient.</summary>
    private sealed class SumTask : ITrainingTask
    {
        public const int Size = 4;

        private readonly SumNetwork _network = new();

        public double Slope { get; set; }

        public bool IsRoot { get; set; }

        public List<long> Steps { get; } = [];

        public string Stage => "sum";

        public nn.Module Network => _network;

        public string ScoreName => "none";

        public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws) => _ => new LossTerms(IsRoot ? (_network.values * 0.0).sqrt().sum() : (_network.values * Slope).sum(), []);

        public void Stepped(long step) => Steps.Add(step);

        public double Score() => 0;

        public void Export(string folder, IReadOnlyDictionary<string, string> metadata) => throw new NotSupportedException();

        public void Dispose() => _network.Dispose();
    }

    private sealed class SumNetwork : nn.Module
    {
        public readonly Parameter values = new RandomWeights(3, trainable: true).Parameter("values", [SumTask.Size], Init.Ones);

        public SumNetwork()
            : base(nameof(SumNetwork)) => RegisterComponents();
    }
}
