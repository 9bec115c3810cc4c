using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Models.Checkpoints;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>
/// Scheduler cases: for each configuration in meta.json the timesteps, noise levels and the trajectory of an affine toy model; inversions; the noise schedule itself.
/// </summary>
internal sealed partial class SchedulerParity : IParityRunner
{
    public string Kind => "scheduler";

    public bool Recognises(ParityCase reference) =>
        reference.Meta.TryGetProperty("schedulers", out JsonElement schedulers) && schedulers.ValueKind == JsonValueKind.Object
        && reference.HasInput("zT") && reference.HasInput("A");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using var gradients = no_grad();
        IEnumerable<TensorComparison> rows = reference.Meta.GetProperty("schedulers").EnumerateObject()
            .SelectMany(entry => entry.Value.ValueKind == JsonValueKind.Object ? Configured(reference, entry.Name, entry.Value) : WithEta(reference, entry))
            .Concat(Inversions(reference))
            .Concat(Schedule(reference));
        foreach (TensorComparison row in rows)
        {
            yield return row;
        }
    }

    private static IEnumerable<TensorComparison> Configured(ParityCase reference, string name, JsonElement entry)
    {
        using var scope = NewDisposeScope();
        IDiffusionScheduler scheduler = SchedulerLoader.Create(Config(reference, entry), entry.GetProperty("cls").GetString());
        int steps = entry.GetProperty("steps").GetInt32();
        using ISampler sampler = scheduler.Start(steps);
        yield return reference.Compare($"{name}.timesteps", [.. sampler.Timesteps], [sampler.Timesteps.Count], reference.ToleranceOf($"{name}.timesteps"));
        if (reference.Expects($"{name}.sigmas"))
        {
            float[] sigmas = scheduler is EulerScheduler euler ? euler.Levels(steps).Sigmas : ((DpmSolverMultistepScheduler)scheduler).Levels(steps).Sigmas;
            yield return reference.Compare($"{name}.sigmas", Array.ConvertAll(sigmas, s => (double)s), [sigmas.Length]);
        }

        if (entry.TryGetProperty("init_noise_sigma", out JsonElement start))
        {
            yield return new Tolerance(0, 1e-6).Compare($"{name} init_noise_sigma", [start.GetDouble()], [sampler.InitialNoiseScale]);
        }

        yield return Trajectory(reference, name, sampler, reference.Input("zT") * sampler.InitialNoiseScale, null);
    }

    // "ddim10_eta07": "DDIM SD1.5 config, eta=0.7, variance_noise=eta_noise[i]"
    private static IEnumerable<TensorComparison> WithEta(ParityCase reference, JsonProperty entry)
    {
        using var scope = NewDisposeScope();
        double eta = double.Parse(Eta().Match(entry.Value.GetString()!).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        Tensor noise = reference.Input("eta_noise");
        bool named = reference.Meta.GetProperty("schedulers").TryGetProperty(entry.Name.Split("_eta")[0], out JsonElement plain) && plain.ValueKind == JsonValueKind.Object;
        ModelConfig config = named ? Config(reference, plain) : StableDiffusionConfig(reference);
        DdimScheduler scheduler = new(SchedulerLoader.Ddim(config) with { Eta = eta });
        using ISampler sampler = scheduler.Start((int)noise.shape[0]);
        yield return Trajectory(reference, entry.Name, sampler, reference.Input("zT"), noise);
    }

    private static IEnumerable<TensorComparison> Inversions(ParityCase reference)
    {
        DdimOptions options = SchedulerLoader.Ddim(StableDiffusionConfig(reference));
        foreach (string key in reference.Expected!.Names.Where(n => n.EndsWith(".z", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            string name = key[..^2];
            if (InversionKey().Match(name) is not { Success: true } match)
            {
                continue;
            }

            using var scope = NewDisposeScope();
            int steps = int.Parse(match.Groups["steps"].ValueSpan, CultureInfo.InvariantCulture);
            int offset = match.Groups["offset"].Success ? int.Parse(match.Groups["offset"].ValueSpan, CultureInfo.InvariantCulture) : options.StepsOffset;
            using ISampler sampler = new DdimInverseScheduler(options with { StepsOffset = offset }).Start(steps);
            if (reference.Expects($"{name}.timesteps"))
            {
                yield return reference.Compare($"{name}.timesteps", [.. sampler.Timesteps], [sampler.Timesteps.Count]);
            }

            yield return Trajectory(reference, name, sampler, reference.Input("x0"), null);
        }
    }

    private static IEnumerable<TensorComparison> Schedule(ParityCase reference)
    {
        using var scope = NewDisposeScope();
        NoiseSchedule noise = NoiseSchedule.Create(SchedulerLoader.Ddim(StableDiffusionConfig(reference)));

        // Bit for bit: the reference computes both in single precision in the same order.
        yield return reference.Compare("betas", Array.ConvertAll(noise.Betas.ToArray(), b => (double)b), [noise.Count], Tolerance.Exact);
        yield return reference.Compare("alphas_cumprod", Array.ConvertAll(noise.AlphaBars.ToArray(), a => (double)a), [noise.Count], Tolerance.Exact);
        int[] timesteps = [.. reference.Input("add_noise_t").data<long>().ToArray().Select(t => (int)t)];
        yield return reference.Compare("add_noise", noise.AddNoise(reference.Input("x0"), reference.Input("noise"), timesteps));
        yield return reference.Compare("velocity", noise.Velocity(reference.Input("x0"), reference.Input("noise"), timesteps));
    }

    private static TensorComparison Trajectory(ParityCase reference, string name, ISampler sampler, Tensor start, Tensor? noise)
    {
        using var scope = NewDisposeScope();
        List<Tensor> all = [start];
        for (int i = 0; i < sampler.Timesteps.Count; i++)
        {
            Tensor output = Toy(reference, sampler.ScaleInput(i, all[i]), sampler.Timesteps[i]);
            all.Add(sampler.Step(i, output, all[i], sampler.NeedsNoise(i) ? noise![i] : null));
        }

        return reference.Compare($"{name}.z", stack(StoredIndices(reference, name, all.Count).Select(i => all[i]).ToArray(), 0));
    }

    // "stored": "all", or "indices 0,1,2,25,49,50"; an inversion has no entry of its own and is stored like the sampling run of as many steps.
    private static int[] StoredIndices(ParityCase reference, string name, int count)
    {
        long stored = reference.Expected!.Info($"{name}.z").Shape[0];
        if (stored == count)
        {
            return [.. Enumerable.Range(0, count)];
        }

        IEnumerable<int[]> lists = reference.Meta.GetProperty("schedulers").EnumerateObject()
            .Where(e => e.Value.ValueKind == JsonValueKind.Object && e.Value.TryGetProperty("stored", out JsonElement text) && text.GetString()!.StartsWith("indices ", StringComparison.Ordinal))
            .OrderByDescending(e => e.Name == name)
            .Select(e => e.Value.GetProperty("stored").GetString()!["indices ".Length..].Split(',').Select(i => int.Parse(i, CultureInfo.InvariantCulture)).ToArray());
        return lists.FirstOrDefault(l => l.Length == stored && l.Max() < count)
            ?? throw new InvalidOperationException($"{name}.z holds {stored} of {count} latents, and meta.json does not say which");
    }

    // eps(z, t) = 0.8·A z + b + 0.0002·t over the last two axes, summed term by term: a BLAS that fuses or reorders the sum would hide how exact the scheduler itself is.
    private static Tensor Toy(ParityCase reference, Tensor z, double timestep)
    {
        Tensor a = reference.Input("A");
        Tensor sum = a.narrow(1, 0, 1) * z.narrow(-2, 0, 1);
        for (long j = 1; j < a.shape[1]; j++)
        {
            sum.add_(a.narrow(1, j, 1) * z.narrow(-2, j, 1));
        }

        return (sum * 0.8) + reference.Input("b") + (0.0002 * timestep);
    }

    private static ModelConfig StableDiffusionConfig(ParityCase reference) => Config(
        reference,
        reference.Meta.GetProperty("schedulers").EnumerateObject().First(e => e.Value.ValueKind == JsonValueKind.Object && e.Value.GetProperty("cls").GetString() == "DDIMScheduler").Value);

    private static ModelConfig Config(ParityCase reference, JsonElement entry) =>
        ModelConfig.Parse(Encoding.UTF8.GetBytes(entry.GetProperty("config").GetRawText()), reference.PathOf("meta.json"));

    [GeneratedRegex(@"eta=([\d.]*\d)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Eta();

    [GeneratedRegex(@"^ddim_inv(?:erse_scheduler)?(?<steps>\d+)(?:_offset(?<offset>\d+))?$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex InversionKey();
}
