using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.StyleDiffusion;
using Pipeline.Diffusion.Tests.Toys;
using Pipeline.TestKit;
using TorchSharp;
using static Pipeline.Diffusion.Tests.TensorComparison;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Tests;

/// <summary>Mapping networks, the value path and their training, on an attention network with fixed weights.</summary>
public sealed class StyleDiffusionTests : IDisposable
{
    private const int Steps = 4;
    private const int Length = 6;
    private const int Width = 8;
    private const int ImageTokens = 5;
    private static readonly NoiseSource Noise = new(3, "style");
    private static readonly DdimOptions Schedule = new() { StepsOffset = 0 };
    private readonly AttentionToy toy = new(4, Width, ScalarType.Float32);

    public void Dispose() => toy.Dispose();

    [Fact]
    public void Film_scales_and_shifts_the_text_as_in_the_golden_vector()
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Case("film");
        Tensor text = full([1, 1, 1], golden.Number("context")), output = tensor(new[] { (float)golden.Number("scale"), (float)golden.Number("shift") }, [1, 2, 1]);
        Assert.Equal(golden.Number("value_context"), ValueInput.Of(ValuePath.Film, text, output).ToDouble(), 6);
    }

    [Fact]
    public void Direct_takes_the_output_whatever_the_text()
    {
        using var scope = NewDisposeScope();
        Tensor output = Draw("output", 1, Length, Width);
        Assert.True(Same(ValueInput.Of(ValuePath.Direct, Draw("text", 2, Length, Width), output), output.repeat(2, 1, 1)));
    }

    [Fact]
    public void An_output_of_the_wrong_size_is_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<DiffusionException>(() => ValueInput.Of(ValuePath.Film, Draw("text", 1, Length, Width), Draw("output", 1, Length, Width)));
    }

    [Fact]
    public void Inner_steps_fall_exponentially_as_in_the_golden_vector()
    {
        var golden = Golden.Case("styled_inner_steps");
        int[] counts = [.. Enumerable.Range(0, 50).Select(new ValuePathOptions().InnerStepsAt)];
        Assert.Equal(golden.GetProperty("first5").Ints(), counts[..5]);
        Assert.Equal(golden.GetProperty("last30").GetInt32(), counts[29]);
        Assert.Equal((golden.GetProperty("sum30").GetInt32(), golden.GetProperty("sum50").GetInt32()), (counts[..30].Sum(), counts.Sum()));
    }

    [Theory]
    [InlineData(ValuePath.Film, 78_540)]
    [InlineData(ValuePath.Direct, 27_412)] // 27,258 of the paper's convolutions and 154 of the normalisation
    public void A_network_has_the_published_number_of_parameters(ValuePath path, long expected)
    {
        using var scope = NewDisposeScope();
        using MappingNetwork network = MappingNetwork.Create(197, 77, path, MappingInit.Framework, Noise, CPU);
        Assert.Equal(expected, network.Parameters.Sum(p => p.numel()));
    }

    [Fact]
    public void The_normalisation_does_not_depend_on_the_batch()
    {
        using var scope = NewDisposeScope();
        using MappingNetwork network = Network(MappingInit.Framework);
        Tensor a = Draw("a", 1, ImageTokens, Width), b = Draw("b", 1, ImageTokens, Width) * 3.0;
        Tensor both = network.Forward(cat([a, b]));
        Assert.True((both - cat([network.Forward(a), network.Forward(b)])).abs().max().ToDouble() < 1e-6);
    }

    [Fact]
    public void Scale_one_and_shift_zero_is_the_plain_model_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        using MappingNetwork network = Network(MappingInit.Identity);
        Tensor z = Draw("z", 1, 4, 8, 8), text = Text("a red car");
        var control = Values(network.Forward(Draw("tokens", 1, ImageTokens, Width)));
        Assert.True(Same(toy.Predict(z, 500, text, control, 0), toy.Predict(z, 500, text, null, 0)));
    }

    [Fact]
    public void Networks_never_change_the_maps_of_the_first_cross_attention()
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        using MappingNetwork network = Network(MappingInit.Framework);
        Tensor z = Draw("z", 1, 4, 8, 8), text = Text("a red car");
        using var with = new CrossMapReader(toy.AttentionSites);
        using var without = new CrossMapReader(toy.AttentionSites);
        toy.Predict(z, 500, text, new ControlChain(Values(network.Forward(Draw("tokens", 1, ImageTokens, Width))), with), 0);
        toy.Predict(z, 500, text, without, 0);
        Assert.True(Same(with.Maps[0], without.Maps[0]));
        Assert.False(Same(with.Maps[1], without.Maps[1])); // later queries have seen the values
    }

    [Fact]
    public void Only_the_chosen_rows_take_the_value_path_and_only_in_their_steps()
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        using MappingNetwork network = Network(MappingInit.Framework);
        Tensor z = Draw("z", 1, 4, 8, 8).repeat(2, 1, 1, 1), text = Text("a red car").repeat(2, 1, 1);
        Tensor output = network.Forward(Draw("tokens", 1, ImageTokens, Width));
        var control = new ValuePathControl(ValuePath.Film, [output, output], new Dictionary<int, StepWindow> { [1] = new StepWindow(0, 1) });
        Tensor plain = toy.Predict(z, 500, text, null, 0), first = toy.Predict(z, 500, text, control, 0), second = toy.Predict(z, 500, text, control, 1);
        Assert.True(Same(plain.narrow(0, 0, 1), first.narrow(0, 0, 1)));
        Assert.False(Same(plain.narrow(0, 1, 1), first.narrow(0, 1, 1)));
        Assert.True(Same(plain, second));
    }

    [Theory]
    [InlineData(0.6, 6, 4)] // i < 3.6
    [InlineData(0.5, 6, 3)]
    [InlineData(0.6, 10, 6)]
    [InlineData(0.0, 10, 0)]
    [InlineData(1.0, 10, 10)]
    public void Tau_v_counts_a_started_step(double tau, int steps, int expected) => Assert.Equal(new StepWindow(0, expected), StepWindow.Before(tau, steps));

    [Fact]
    public void The_reconstruction_improves_with_the_number_of_inner_steps()
    {
        double none = ReconstructionError(0), few = ReconstructionError(3), many = ReconstructionError(25);
        Assert.True(many < few && few < none, $"{none}, {few}, {many}");
    }

    [Fact]
    public void A_loss_below_the_threshold_stops_a_step()
    {
        using var scope = NewDisposeScope();
        using ValuePathTraining training = Train(new ValuePathOptions { InnerSteps = 5, Guidance = 2, EarlyStop = 1e9 });
        Assert.All(training.Losses, step => Assert.Single(step));
    }

    [Fact]
    public void Without_attention_loss_only_the_latent_is_compared()
    {
        using var scope = NewDisposeScope();
        using ValuePathTraining training = Train(new ValuePathOptions { InnerSteps = 1, Guidance = 2, AttentionLoss = false });
        Assert.All(training.Losses.SelectMany(l => l), loss => Assert.Empty(loss.Maps));
        Assert.DoesNotContain(toy.Materialised, m => true);
    }

    [Fact]
    public void Training_leaves_no_tensor_behind() => LiveTensors.AssertUnchangedBy(() =>
    {
        using var scope = NewDisposeScope();
        Train(new ValuePathOptions { InnerSteps = 2, Guidance = 2 }).Dispose();
    });

    [Fact]
    public void A_cancelled_training_leaves_no_tensor_behind() => LiveTensors.AssertUnchangedBy(() =>
    {
        using var scope = NewDisposeScope();
        Assert.Throws<OperationCanceledException>(() => Train(new ValuePathOptions { InnerSteps = 2, Guidance = 2 }, new CancellationToken(true)));
    });

    private double ReconstructionError(int inner)
    {
        using var scope = NewDisposeScope();
        (Tensor path, Tensor text) = Path();
        using ValuePathTraining training = Train(new ValuePathOptions { InnerSteps = inner, Guidance = 3, EarlyStop = 0, EarlyStopGrowth = 0 });
        return (training.Latents.narrow(0, Steps - 1, 1) - path.narrow(0, 0, 1)).square().mean().ToDouble();
    }

    private ValuePathTraining Train(ValuePathOptions options, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        (Tensor path, Tensor text) = Path();
        using MappingNetwork first = Network(MappingInit.Identity);
        return new ValuePathTrainer(toy, Schedule, options).Train(path, text, Text(""), Draw("tokens", 1, ImageTokens, Width), first, null, cancellation);
    }

    private (Tensor Path, Tensor Text) Path()
    {
        Tensor text = Text("a red car");
        return (new DdimInversion(toy, Schedule, Steps).Path(Draw("z0", 1, 4, 8, 8), text), text);
    }

    private static ValuePathControl Values(Tensor output) => new(ValuePath.Film, [output], new Dictionary<int, StepWindow> { [0] = StepWindow.Always });

    private static MappingNetwork Network(MappingInit init) => MappingNetwork.Create(ImageTokens, Length, ValuePath.Film, init, Noise, CPU);

    private static Tensor Text(string prompt) => ToyText.Encode(prompt, Length, Width, ScalarType.Float32).States;

    private static Tensor Draw(string purpose, params long[] shape) => Noise.NormalTensor(purpose, shape);
}
