using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Guidance;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.Attention;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>
/// StyleDiffusion's inversion: per sampling step a mapping network is trained, so that guided sampling with it in the value path follows the DDIM inversion path and keeps the attention maps of the inversion.
/// </summary>
/// <remarks>
/// S. Li et al., 2023 (arXiv:2303.15649), Algorithm 1 and eq. (5)-(8); schedule of learning rate and inner steps as in the authors' code. Their code keeps the attention maps of all inversion calls, about 3 MB a
/// step at 64x64 latents; here the call of a step is repeated when its maps are needed, one sample-forward of some forty, so memory does not grow with N; and the model is differentiated block
/// by block (<see cref="INoisePredictor.Record"/>), so it does not grow with the UNet's depth. Step i compares with the maps of inversion call N - i (call N - 1 for i = 0), the call that led from the level at which step i starts.
/// </remarks>
/// <param name="predictor">The model, weights frozen.</param>
/// <param name="schedule">Schedule of inversion and sampling; the family of code uses offset 0.</param>
/// <param name="options">Settings.</param>
public sealed class ValuePathTrainer(INoisePredictor predictor, DdimOptions schedule, ValuePathOptions options)
{
    private static readonly IReadOnlyDictionary<int, StepWindow> OnlyRow = new Dictionary<int, StepWindow> { [0] = StepWindow.Always };
    private readonly DdimScheduler scheduler = new(schedule);
    private readonly IReadOnlyList<AttentionSite> sites = options.AttentionLoss ? CrossMapReader.LossSites(predictor.AttentionSites) : [];

    /// <summary>Trains along a path. The result is the caller's.</summary>
    /// <param name="path">z*_0..z*_N [N + 1, C, h, w] of the inversion under <paramref name="condition"/>.</param>
    /// <param name="condition">Text states of the source prompt [1, L, X].</param>
    /// <param name="empty">Text states of the empty prompt [1, L, X].</param>
    /// <param name="imageTokens">E(x) [1, N_image, X].</param>
    /// <param name="first">Where the network of the first step starts; copied.</param>
    /// <param name="observer">Looks on, or null.</param>
    /// <param name="cancellation">Checked before every optimisation step.</param>
    public ValuePathTraining Train(
        Tensor path, Tensor condition, Tensor empty, Tensor imageTokens, MappingNetwork first, IValuePathObserver? observer = null, CancellationToken cancellation = default)
    {
        int count = (int)path.shape[0] - 1;
        int[] timesteps = scheduler.Timesteps(count);
        int stride = scheduler.Stride(count);
        var networks = new List<MappingNetwork>();
        var losses = new List<IReadOnlyList<ValuePathLoss>>();
        var latents = new List<Tensor>();
        try
        {
            using var scope = NewDisposeScope();
            using IDisposable noGradients = no_grad();
            Tensor z = path.narrow(0, count, 1);
            for (int i = 0; i < count; i++)
            {
                using var stepScope = NewDisposeScope();
                MappingNetwork network = (i == 0 ? first : networks[^1]).Copy();
                networks.Add(network);
                Tensor unconditional = predictor.Predict(z, timesteps[i], empty, null, i);
                var step = new Step(i, timesteps[i], timesteps[i] - stride, z, path.narrow(0, count - 1 - i, 1), unconditional, condition, imageTokens);
                losses.Add(Optimise(step, network, Reference(path, condition, Math.Min(count - i, count - 1), timesteps), observer, cancellation));
                Tensor conditional = Predict(step, network);
                z = scheduler.Step(ClassifierFreeGuidance.Mix(unconditional, conditional, options.Guidance), z, step.Timestep, step.Next).MoveToOuterDisposeScope();
                latents.Add(z);
            }

            return new ValuePathTraining(networks, cat(latents).DetachFromDisposeScope(), losses);
        }
        catch
        {
            networks.ForEach(n => n.Dispose());
            throw;
        }
    }

    // Maps of inversion call j, which went up from path[j] at the j-th ascending timestep.
    private Tensor[] Reference(Tensor path, Tensor condition, int j, int[] timesteps)
    {
        if (sites.Count == 0)
        {
            return [];
        }

        using var reader = new CrossMapReader(sites);
        using Tensor e = predictor.Predict(path.narrow(0, j, 1), timesteps[^(j + 1)], condition, reader, j);
        return [.. reader.Maps.Select(m => m.clone())];
    }

    private List<ValuePathLoss> Optimise(Step step, MappingNetwork network, Tensor[] reference, IValuePathObserver? observer, CancellationToken cancellation)
    {
        var losses = new List<ValuePathLoss>();
        using var adam = optim.Adam(network.Parameters, options.LearningRate * (1 - step.Index / 100.0));
        for (int inner = 0; inner < options.InnerStepsAt(step.Index); inner++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            adam.zero_grad();
            ValuePathLoss loss = Backward(step, network, reference);
            observer?.OnGradient(step.Index, inner, network);
            adam.step();
            losses.Add(loss);
            observer?.OnInnerStep(step.Index, inner, network, loss);
            if (loss.Total < options.EarlyStop + step.Index * options.EarlyStopGrowth)
            {
                break;
            }
        }

        return losses;
    }

    // The loss reaches the network in two pieces: through the model, part by part, to the network's output, and from there through the network itself.
    private ValuePathLoss Backward(Step step, MappingNetwork network, Tensor[] reference)
    {
        using IDisposable gradients = enable_grad();
        Tensor output = network.Forward(step.ImageTokens);                                                             // [1, channels, X]
        Tensor leaf = output.detach().requires_grad_();
        using var reader = new CrossMapReader(sites);
        using INoiseRecording recording = predictor.Record(step.Latent, step.Timestep, step.Condition, Control(step, leaf, reader), step.Index);
        double[] maps = [.. reader.Maps.Zip(reference, (a, b) => MapLoss(a, b).ToDouble())];
        Tensor e = recording.Noise.detach().requires_grad_();
        Tensor next = scheduler.Step(ClassifierFreeGuidance.Mix(step.Unconditional, e, options.Guidance), step.Latent, step.Timestep, step.Next);
        Tensor latent = (next - step.Target).square().mean();                                                          // eq. (5)
        Tensor ofNoise = autograd.grad([latent], [e])[0];
        Tensor ofOutput = recording.Gradients(ofNoise, [leaf], () => PartLoss(reader, reference))[0];
        output.backward([ofOutput]);
        return new ValuePathLoss(latent.ToDouble(), maps);                                                             // eq. (8)
    }

    // eq. (7), one layer
    private static Tensor MapLoss(Tensor map, Tensor reference) => (map - reference).square().mean();

    private static Tensor? PartLoss(CrossMapReader reader, Tensor[] reference)
    {
        Tensor? sum = null;
        foreach ((int index, Tensor map) in reader.TakeFresh())
        {
            Tensor loss = MapLoss(map, reference[index]);
            sum = sum is null ? loss : sum + loss;
        }

        return sum;
    }

    private Tensor Predict(Step step, MappingNetwork network) =>
        predictor.Predict(step.Latent, step.Timestep, step.Condition, Control(step, network.Forward(step.ImageTokens), null), step.Index);

    private IAttentionControl Control(Step step, Tensor output, CrossMapReader? reader)
    {
        Tensor[] outputs = new Tensor[step.Index + 1];
        outputs[step.Index] = output;
        var values = new ValuePathControl(options.Path, outputs, OnlyRow);
        return reader is null ? values : new ControlChain(values, reader);
    }

    private sealed record Step(int Index, int Timestep, int Next, Tensor Latent, Tensor Target, Tensor Unconditional, Tensor Condition, Tensor ImageTokens);
}
