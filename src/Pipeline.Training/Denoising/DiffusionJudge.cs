using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Imaging;
using Pipeline.Models.Clip;
using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>Figures of a denoiser on held-out pictures, always with the same captions, noise and timesteps.</summary>
internal sealed class DiffusionJudge(
    ITrainingData data, WorldData source, DiffusionOptions options, DiffusionBases bases, UNet2DConditionModel network, NoiseSchedule schedule, SnrWeights weights) : IDisposable
{
    private const int Batch = 16;
    private static readonly int[] s_lookedAt = [100, 300];          // timesteps at which attention is judged

    private Tensor? _latents;
    private int[] _numbers = [];            // pictures in the order of their latents: another one stands in place of a broken one

    private int Count => data.HeldOut.Count;

    /// <summary>100·(1 − Σ w·error² / Σ w·noise²) over stratified timesteps.</summary>
    public double ExplainedNoise()
    {
        (double error, double noise) = Errors();
        return 100 * (1 - (error / noise));
    }

    /// <summary>Held-out loss, samples and, of scenes, words.</summary>
    /// <param name="folder">Receives <c>samples.png</c> and <c>samples.txt</c>; nothing is written when null.</param>
    public IReadOnlyList<(string Name, double Value)> Details(string? folder)
    {
        network.eval();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        return [("held-out loss", Errors().Error / Count), .. Samples(folder), .. source.Manifest is null ? s_lookedAt.SelectMany(Words) : []];
    }

    /// <inheritdoc />
    public void Dispose() => _latents?.Dispose();

    /// <summary>Sums over the held-out pictures of w·mean(error²) and w·mean(noise²).</summary>
    private (double Error, double Noise) Errors()
    {
        network.eval();
        using IDisposable recording = no_grad();
        double error = 0, level = 0;
        foreach (int[] part in Enumerable.Range(0, Count).Chunk(Batch))
        {
            using DisposeScope scope = NewDisposeScope();
            int[] timesteps = [.. part.Select(i => (int)((i + 0.5) / Count * schedule.Count))];
            Tensor latents = Latents(part), noise = Noise(part), weight = tensor([.. timesteps.Select(t => (float)weights.Of(t))], [part.Length]).to(bases.Device);
            Tensor predicted = network.Forward(schedule.AddNoise(latents, noise, timesteps), tensor(timesteps), bases.EncodeText([.. part.Select(i => bases.Tokens(Caption(i)))]));
            error += ((predicted - noise).square().mean([1, 2, 3]) * weight).sum().ToDouble();
            level += (noise.square().mean([1, 2, 3]) * weight).sum().ToDouble();
        }

        return (error, level);
    }

    private IEnumerable<(string Name, double Value)> Samples(string? folder)
    {
        int[] chosen = [.. Enumerable.Range(0, Math.Min(options.Samples, Count))];
        string[] prompts = [.. chosen.Select(Caption)];
        IReadOnlyList<RgbImage> pictures = new WorldSampler(network, bases).Sample(prompts, options.SampleSteps, options.SampleGuidance);
        RgbImage[] real = [.. data.HeldOut.Read(0, chosen.Length).Select(p => p.Image)];
        if (folder is not null)
        {
            File.WriteAllBytes(Path.Combine(folder, "samples.png"), ImageCodec.Default.Encode(ContactSheet.Pairs(pictures, real), EncodeOptions.Png));
            File.WriteAllLines(Path.Combine(folder, "samples.txt"), prompts);
        }

        using ClipEmbedder clip = ClipEmbedder.Load(bases.ClipFolder);
        Tensor texts = clip.EmbedTexts(prompts), made = clip.EmbedImages(pictures);
        string scale = FormattableString.Invariant($"{options.SampleSteps} steps, guidance {options.SampleGuidance}");
        yield return ($"CLIP cosine of samples ({scale})", Cosine(made, texts));
        yield return ("CLIP cosine of samples with the next prompt", Cosine(made, texts.roll(1L, 0L)));
        yield return ("CLIP cosine of real pictures", Cosine(clip.EmbedImages(real), texts));
    }

    private IEnumerable<(string Name, double Value)> Words(int timestep)
    {
        using WordLocalisation words = new();
        foreach (int[] part in Enumerable.Range(0, Count).Chunk(Batch))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor latents = Latents(part);
            int[][] tokens = [.. part.Select(i => bases.Tokens(Caption(i)))];
            network.Forward(schedule.AddNoise(latents, Noise(part), timestep), tensor(timestep), bases.EncodeText(tokens), words);
            words.Judge([.. part.Select((n, i) => SceneWord.Find(SceneRenderer.Render(Scene.Sample(source.FirstHeldOut + (ulong)n)), tokens[i], bases.IdOf))]);
        }

        return words.Means($" (t = {timestep})").ToArray();
    }

    private string Caption(int number) => data.HeldOut.Caption(_numbers[number], 0);

    private static double Cosine(Tensor a, Tensor b) => (a * b).sum(-1).mean().ToDouble();

    private Tensor Noise(int[] numbers) => cat([.. numbers.Select(i => new NoiseSource(i, "").NormalTensor("held-out", [1, .. Latents(numbers).shape[1..]], bases.Device))], 0);

    /// <summary>Latents of held-out pictures; all are encoded at the first call.</summary>
    private Tensor Latents(int[] numbers)
    {
        if (_latents is null)
        {
            using DisposeScope scope = NewDisposeScope();
            List<int> found = [];
            List<Tensor> parts = [];
            foreach (int[] part in Enumerable.Range(0, Count).Chunk(Batch))
            {
                IReadOnlyList<(int Number, RgbImage)> pictures = data.HeldOut.Read(part[0], part.Length);
                found.AddRange(pictures.Select(p => p.Number));
                parts.Add(bases.Vae.ToLatent(pictures.Pixels(bases.Device)));
            }

            (_latents, _numbers) = (cat([.. parts], 0).DetachFromDisposeScope(), [.. found]);
        }

        return _latents.narrow(0, numbers[0], numbers.Length);
    }
}
