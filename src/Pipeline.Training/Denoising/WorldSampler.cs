using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Imaging;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.StableDiffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>Pictures of prompts by DDIM with classifier-free guidance, to look at a denoiser while and after it is trained.</summary>
internal sealed class WorldSampler(UNet2DConditionModel unet, DiffusionBases bases)
{
    private const int Batch = 16;

    private readonly DdimScheduler _scheduler = new(new DdimOptions());

    /// <summary>One picture a prompt; its start noise depends on its number only.</summary>
    /// <param name="prompts">The prompts.</param>
    /// <param name="steps">DDIM steps.</param>
    /// <param name="guidance">Guidance scale w in e_u + w·(e_c − e_u).</param>
    public IReadOnlyList<RgbImage> Sample(IReadOnlyList<string> prompts, int steps, double guidance) =>
        [.. prompts.Select((p, i) => (Prompt: p, Number: i)).Chunk(Batch).SelectMany(c => Sample([.. c.Select(p => p.Prompt)], c[0].Number, steps, guidance))];

    private RgbImage[] Sample(string[] prompts, int first, int steps, double guidance)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        int count = prompts.Length, side = unet.Config.SampleSize;
        Tensor context = bases.EncodeText([.. prompts.Concat(Enumerable.Repeat("", count)).Select(bases.Tokens)]);                      // [2n, 77, X]
        Tensor latent = cat([.. Enumerable.Range(first, count).Select(i => new NoiseSource(i, "").NormalTensor("sample", [1, unet.Config.InChannels, side, side], bases.Device))], 0);
        using ISampler sampler = _scheduler.Start(steps);
        for (int k = 0; k < sampler.Timesteps.Count; k++)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor both = unet.Forward(cat([latent, latent], 0), tensor(sampler.Timesteps[k]), context);                                // [2n, C, h, w]
            (Tensor conditional, Tensor unconditional) = (both.narrow(0, 0, count), both.narrow(0, count, count));
            Tensor next = sampler.Step(k, unconditional + ((conditional - unconditional) * guidance), latent).MoveToOuterDisposeScope();
            latent.Dispose();
            latent = next;
        }

        Tensor pictures = bases.Vae.ToImage(latent).cpu();
        return [.. Enumerable.Range(0, count).Select(i => ImageTensors.FromTensor(pictures[i], PixelRange.SignedUnit))];
    }
}
