using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Branches;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.StyleDiffusion;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>
/// StyleDiffusion in stages, since training amplifies rounding: the inversion path, the mapping network and one injected prediction, the training of all networks along the reference's path, and an edit
/// with given networks. What the training gives is judged by the drift that the case measured for itself.
/// </summary>
internal sealed partial class StyleDiffusionParity : IParityRunner
{
    private static readonly Tolerance Path = new(1e-3);
    private static readonly Tolerance Close = new(1e-4);

    // Adam's first step is the learning rate times the gradient's sign: entries whose gradient is rounding noise, some of a thousand, go either way.
    private static readonly Tolerance FirstStep = new(1e-4, 0, 0.02);

    // A convolution's bias before a normalisation has no effect: its gradient is rounding, and Adam makes steps of it.
    private static readonly string[] WithoutEffect = ["conv_start.bias", "conv_block.0.0.bias"];

    public string Kind => "stylediffusion";

    public bool Recognises(ParityCase reference) => reference.HasInput("clip_tokens") && reference.HasInput("init.conv_start.weight") && reference.Expects("ddim_latents");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using var scope = NewDisposeScope();
        string model = reference.PathOf(reference.MetaText("model") ?? "../tiny-sd");
        using UNet2DConditionModel unet = UNet2DConditionModel.Load(System.IO.Path.Combine(model, "unet"));
        using AutoencoderKL autoencoder = AutoencoderKL.Load(System.IO.Path.Combine(model, "vae"));
        var predictor = new UNetNoisePredictor(unet, NoiseSchedule.Create(new SchedulerOptions()));
        using MappingNetwork initial = MappingNetwork.From(key => reference.Input("init." + key));
        var inputs = new Inputs(reference, predictor, initial, new DdimOptions { StepsOffset = 0 }, ParityGuidance.Stated(reference) ?? 7.5);
        List<TensorComparison> rows = [];
        using (no_grad())
        {
            Tensor z0 = autoencoder.ToLatent(reference.Input("image_u8").to(ScalarType.Float32).permute(2, 0, 1).unsqueeze(0) / 127.5 - 1.0);
            rows.Add(reference.Compare("ddim_latents", new DdimInversion(predictor, inputs.Schedule, inputs.Count).Path(z0, inputs.Source), Path));
            rows.AddRange(Maps(inputs, unet));
            rows.AddRange(Mapping(inputs));
        }

        rows.AddRange(Training(inputs));
        using (no_grad())
        {
            rows.AddRange(Edit(inputs, model, autoencoder));
        }

        return rows;
    }

    // Cross maps by place and number, mean over heads. The reference kept the tensors of the first call and let its store add the later calls to them in place, so what it calls step 0 is the sum over all N.
    private static IEnumerable<TensorComparison> Maps(Inputs inputs, UNet2DConditionModel unet)
    {
        var sites = CrossMapReader.LossSites(unet.AttentionSites);
        int[] timesteps = new DdimScheduler(inputs.Schedule).Timesteps(inputs.Count);
        Tensor[] sums = [];
        for (int j = 0; j < inputs.Count; j++)
        {
            using var reader = new CrossMapReader(sites);
            inputs.Predictor.Predict(inputs.Latents.narrow(0, j, 1), timesteps[^(j + 1)], inputs.Source, reader, j).Dispose();
            sums = [.. reader.Maps.Select((map, i) => map.mean([0L, 1L]) is var mean && j == 0 ? mean : sums[i] + mean)]; // [T, L]
        }

        foreach (string name in inputs.Reference.Expected!.Names.Where(n => n.StartsWith("ddim_attn_step0.", StringComparison.Ordinal)))
        {
            Match parts = MapName().Match(name);
            var place = Enum.Parse<Pipeline.Models.Attention.AttentionPlace>(parts.Groups[1].Value, ignoreCase: true);
            int site = Enumerable.Range(0, sites.Count).Where(i => sites[i].Place == place).ElementAt(int.Parse(parts.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
            yield return inputs.Reference.Compare(name, sums[site], Path);
        }
    }

    private static IEnumerable<TensorComparison> Mapping(Inputs inputs)
    {
        ParityCase reference = inputs.Reference;
        MappingStages stages = inputs.Initial.Stages(inputs.Tokens);
        yield return reference.Compare("map.conv_start", stages.Start, Close);
        yield return reference.Compare("map.conv_block", stages.Block, Close);
        yield return reference.Compare("map.conv_end", stages.End, Close);
        yield return reference.Compare("map.value_context", ValueInput.Of(ValuePath.Film, inputs.Source, stages.End), Close);

        int t = new DdimScheduler(inputs.Schedule).Timesteps(inputs.Count)[0];
        Tensor z = inputs.Latents.narrow(0, inputs.Count, 1);
        var control = new ValuePathControl(ValuePath.Film, [stages.End], new Dictionary<int, StepWindow> { [0] = StepWindow.Always });

        // The path it starts from is the reference's, its drift is not this stage's.
        yield return reference.Compare("inject.eps_cond", inputs.Predictor.Predict(z, t, inputs.Source, control, 0), Close);
        yield return reference.Compare("inject.eps_plain", inputs.Predictor.Predict(z, t, inputs.Source, null, 0), Close);
    }

    private static List<TensorComparison> Training(Inputs inputs)
    {
        ParityCase reference = inputs.Reference;
        using var recorder = new Recorder();
        var options = new ValuePathOptions { Guidance = inputs.Guidance, InnerSteps = Number(reference, InnerSteps()) is double n ? (int)n : 2, EarlyStop = Number(reference, EarlyStop()) ?? 1e-5 };
        using ValuePathTraining training = new ValuePathTrainer(inputs.Predictor, inputs.Schedule, options)
            .Train(inputs.Latents, inputs.Source, inputs.Empty, inputs.Tokens, inputs.Initial, recorder);
        List<TensorComparison> rows = [];
        float[] losses = [.. training.Losses.SelectMany(step => step).SelectMany(l => new[] { l.Latent }.Concat(l.Maps)).Select(v => (float)v)];
        int perStep = training.Losses[0][0].Maps.Count + 1;
        double[] expected = reference.Expected!.ReadDoubles("losses");
        rows.Add(Close.Compare($"losses[0..{perStep - 1}]", expected.AsSpan(0, perStep), Array.ConvertAll(losses[..perStep], v => (double)v)));
        rows.Add(reference.Compare("losses", tensor(losses), Drift(reference, "losses")));
        rows.Add(reference.Compare("recon_latents", training.Latents, Drift(reference, "recon_latents")));
        foreach (string name in reference.Expected.Names)
        {
            Tensor? actual = recorder.Find(name) ?? (name.StartsWith("trained_last.", StringComparison.Ordinal) ? Parameter(training.Networks[^1], name["trained_last.".Length..]) : null);
            if (actual is null)
            {
                continue;
            }

            rows.Add(WithoutEffect.Any(e => name.EndsWith(e, StringComparison.Ordinal)) && !name.StartsWith("grad", StringComparison.Ordinal)
                ? reference.Skip(name, "the normalisation removes this bias: its gradient is rounding noise, which Adam turns into steps")
                : reference.Compare(name, actual, name.StartsWith("grad", StringComparison.Ordinal) ? Close : name.StartsWith("emb0_after1.", StringComparison.Ordinal) ? FirstStep : Drift(reference, name)));
        }

        return rows;
    }

    private static List<TensorComparison> Edit(Inputs inputs, string model, AutoencoderKL autoencoder)
    {
        ParityCase reference = inputs.Reference;
        double shift = Number(reference, BiasStep()) ?? throw new CaseUnavailableException("meta.json does not say how the given networks differ from step to step");
        Tensor[] outputs = [.. Enumerable.Range(0, inputs.Count).Select(i => inputs.Initial.Forward(inputs.Tokens) + shift * i)]; // conv_end.bias + shift i
        PromptToPromptCase words = PromptToPromptCase.Read(reference, model, inputs.Count);
        double tauV = reference.Meta.GetProperty("edit").GetProperty("tau_v").GetDouble();
        Tensor cond = reference.Input("cond");
        using ISourceTrajectory trajectory = new SamplingTrajectory(new DdimScheduler(inputs.Schedule), inputs.Latents.narrow(0, inputs.Count, 1), inputs.Count);
        using var batch = new EditBatch([new EditGroup(trajectory, [.. Enumerable.Range(0, (int)cond.shape[0]).Select(i =>
            new EditBranch(i == 0 ? BranchKind.Source : BranchKind.Target, i - 1, inputs.Guidance, cond.narrow(0, i, 1), inputs.Empty))])]);
        using var stored = new CrossMapAccumulator(batch.Layout, CrossMapAccumulator.WordSites(inputs.Predictor.AttentionSites));
        var rows = new Dictionary<int, StepWindow>
        {
            [batch.Layout.Row(0, GuidanceHalf.Conditional)] = StepWindow.Always,
            [batch.Layout.Row(1, GuidanceHalf.Conditional)] = StepWindow.Before(tauV, inputs.Count),
        };
        ControlChain control = words.Control(batch.Layout, inputs.Count, new ValuePathControl(ValuePath.Film, outputs, rows), stored);
        var blend = words.Blend(stored, inputs.Count);
        var masks = new List<Tensor>();
        using var steps = new StepRecorder(blend, () => masks.AddRange(PromptToPromptParity.MasksOf(blend)));
        batch.Groups[0].Blend = steps;
        BranchState final = new EditingLoop(inputs.Predictor).Run(batch, control, null, CancellationToken.None)[0];
        Tensor image = (autoencoder.ToImage(final.Latents) / 2.0 + 0.5).clamp(0.0, 1.0);
        List<TensorComparison> compared =
        [
            reference.Compare("edit_z", steps.All(Enumerable.Range(0, inputs.Count))),
            reference.Compare("edit_z_final", final.Latents),
            reference.Compare("edit_image_u8", (image * 255.0).floor().permute(0, 2, 3, 1)),
        ];
        if (reference.Expects("edit_masks"))
        {
            compared.Add(reference.Compare("edit_masks", stack(masks)));
        }

        masks.ForEach(m => m.Dispose());
        foreach (IDisposable owned in control.Controls.OfType<IDisposable>())
        {
            owned.Dispose();
        }

        return compared;
    }

    // A disturbance of 1e-6 moved the reference itself by at most this; another machine's rounding is of that order, so a few times as much.
    private static Tolerance Drift(ParityCase reference, string name)
    {
        double most = reference.Meta.GetProperty("perturbed_1e_6_drift_mean_max").GetProperty(name)[1].GetDouble();
        return new Tolerance(2 * most + 1e-4);
    }

    private static TorchSharp.Modules.Parameter Parameter(MappingNetwork network, string key) => network.Parameters[MappingNetwork.Names.ToList().IndexOf(key)];

    private static double? Number(ParityCase reference, Regex pattern) => pattern.Match(reference.Call) is { Success: true } match
        ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
        : null;

    [GeneratedRegex(@"ddim_attn_step0\.(down|up)_cross\.(\d+)\.heads_mean", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex MapName();

    [GeneratedRegex(@"num_inner_steps=(\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex InnerSteps();

    [GeneratedRegex(@"early_stop_epsilon=([\d.e-]+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EarlyStop();

    [GeneratedRegex(@"conv_end\.bias \+ (\d*\.?\d+)\*i", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex BiasStep();

    private sealed record Inputs(ParityCase Reference, UNetNoisePredictor Predictor, MappingNetwork Initial, DdimOptions Schedule, double Guidance)
    {
        public Tensor Latents { get; } = Reference.ExpectedTensor("ddim_latents");

        public Tensor Source { get; } = Reference.Input("cond").narrow(0, 0, 1);

        public Tensor Empty { get; } = Reference.Input("uncond");

        public Tensor Tokens { get; } = Reference.Input("clip_tokens");

        public int Count => (int)Latents.shape[0] - 1;
    }

    /// <summary>Keeps the gradients and parameters that cases ask for: grad0.*, emb0_after1.*, and emb{i}.* after the last optimisation step.</summary>
    private sealed class Recorder : IValuePathObserver, IDisposable
    {
        private readonly Dictionary<string, Tensor> kept = [];

        public Tensor? Find(string name) => kept.GetValueOrDefault(name);

        public void OnGradient(int step, int inner, MappingNetwork network)
        {
            if (step == 0 && inner == 0)
            {
                Keep("grad0.", network, p => p.grad!);
            }
        }

        public void OnInnerStep(int step, int inner, MappingNetwork network, ValuePathLoss loss)
        {
            if (step == 0 && inner == 0)
            {
                Keep("emb0_after1.", network, p => p);
            }

            Keep($"emb{step}.", network, p => p);
        }

        public void Dispose()
        {
            foreach (Tensor tensor in kept.Values)
            {
                tensor.Dispose();
            }
        }

        private void Keep(string prefix, MappingNetwork network, Func<Tensor, Tensor> part)
        {
            for (int i = 0; i < network.Parameters.Count; i++)
            {
                string name = prefix + MappingNetwork.Names[i];
                kept.GetValueOrDefault(name)?.Dispose();
                kept[name] = part(network.Parameters[i]).detach().clone().DetachFromDisposeScope();
            }
        }
    }
}
