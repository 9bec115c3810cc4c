using Pipeline.Models.Attention;
using Pipeline.Models.Layers;
using Pipeline.Models.StableDiffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Benchmarks;

/// <summary>The product's own diffusion blocks at the sizes of Stable Diffusion 1.5, to be read beside the bare operators of <see cref="EngineBenchmarks.Kernels"/>.</summary>
internal static class DiffusionBenchmarks
{
    private const int Channels = 320;
    private const int Text = 768;

    /// <summary>A residual block, a transformer without and with a control that reads its maps, at 2 × 320 × 64 × 64.</summary>
    public static void Blocks()
    {
        using DisposeScope outer = NewDisposeScope();
        using IDisposable quiet = no_grad();
        RandomWeights weights = new(1);
        Tensor image = randn(2, Channels, 64, 64);
        Tensor temb = randn(2, 4 * Channels);
        UNetCall plain = new(temb, randn(2, 77, Text), null, 0);

        using ResnetBlock2D resnet = new(weights.Sub("resnet"), "resnet", Channels, Channels, new ResnetOptions(4 * Channels, 32, 1e-5, "silu"));
        Report("ResnetBlock2D 2×320×64×64", 4, () => resnet.Forward(image, plain));

        List<AttentionSite> sites = [];
        using Transformer2DModel transformer = new(
            weights.Sub("transformer"), new AttentionSiteBuilder(sites, "transformer", AttentionPlace.Down, 0), Channels, new TransformerOptions(1, 8, Text, 32, false, false));
        Report("Transformer2DModel 2×320×64×64, no control", 3, () => transformer.Forward(image, plain));
        Report("  control that asks for nothing", 3, () => transformer.Forward(image, plain with { Control = new Listener(false) }));
        Report("  control that reads the cross map", 3, () => transformer.Forward(image, plain with { Control = new Listener(true) }));
    }

    /// <summary>A whole UNet of Stable Diffusion 1.5's size with random weights (3.4 GB), one sample of 32 × 32.</summary>
    public static void UNet()
    {
        UNetConfig config = new()
        {
            InChannels = 4,
            OutChannels = 4,
            Levels = [Level(320, true), Level(640, true), Level(1280, true), Level(1280, false)],
            UpAttention = [false, true, true, true],
            UpTransformerLayers = [1, 1, 1, 1],
            TimeEmbeddingSize = 1280,
        };
        using UNet2DConditionModel unet = new(new RandomWeights(1), config);
        using DisposeScope outer = NewDisposeScope();
        using IDisposable quiet = no_grad();
        (Tensor sample, Tensor context, Tensor timestep) = (randn(1, 4, 32, 32), randn(1, 77, Text), tensor(500L));
        Report("UNet2DConditionModel SD 1.5, 1×4×32×32", 2, () => unet.Forward(sample, timestep, context));
        Console.WriteLine($"peak of the process {PeakMebibytes()} MiB, of which weights {unet.parameters().Sum(p => p.numel()) * 4 >> 20} MiB");

        static UNetLevel Level(int channels, bool attention) => new(channels, 2, attention, 8, Text, 1);
    }

    private static void Report(string name, int runs, Func<Tensor> run)
    {
        (double wall, double processor) = Measurement.Milliseconds(
            () =>
            {
                using DisposeScope scope = NewDisposeScope();
                _ = run();
            },
            runs);
        Console.WriteLine($"{name,-45} {wall,8:f1} ms wall {processor,8:f1} ms processor");
    }

    private static long PeakMebibytes()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64 >> 20;
    }

    private sealed class Listener(bool listens) : IAttentionControl
    {
        public bool WantsCrossMap(in AttentionCall call) => listens;
    }
}
