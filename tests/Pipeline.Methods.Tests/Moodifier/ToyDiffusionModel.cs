using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Tests.Toys;
using static TorchSharp.torch;

namespace Pipeline.Methods.Tests.Moodifier;

/// <summary>A whole latent diffusion model in closed form: averaging encoder, nearest decoder, the attention toy as denoiser, one token a word.</summary>
internal sealed class ToyDiffusionModel : IDiffusionModel, IDisposable
{
    private const int Channels = 4;
    private const int TextLength = 16;
    private const int TextWidth = 8;
    private readonly Tensor colours; // [3, 4]

    public ToyDiffusionModel()
    {
        Toy = new AttentionToy(Channels, TextWidth, ScalarType.Float32);
        colours = tensor(new float[] { 1, 0, 0, 0.5f, 0, 1, 0, 0.5f, 0, 0, 1, 0.5f }, [3, Channels]).DetachFromDisposeScope();
    }

    public AttentionToy Toy { get; }

    public INoisePredictor Noise => Toy;

    public int LatentFactor => 4;

    public Device Device => CPU;

    public long TextCalls { get; private set; }

    public long EncodeCalls { get; private set; }

    public List<long> Decoded { get; } = [];

    public double AlphaBar(int timestep) => Tests.AlphaBar.Of(timestep);

    public Tensor EncodeImage(Tensor image)
    {
        EncodeCalls++;
        using var scope = NewDisposeScope();
        (long b, long h, long w) = (image.shape[0], image.shape[2] / 4, image.shape[3] / 4);
        Tensor cells = image.reshape(b, 3, h, 4, w, 4).mean([3L, 5L]); // [B, 3, h, w]
        return cells.permute(0, 2, 3, 1).matmul(colours).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }

    public Tensor DecodeLatent(Tensor latent)
    {
        Decoded.Add(latent.shape[0]);
        using var scope = NewDisposeScope();
        (long b, long h, long w) = (latent.shape[0], latent.shape[2], latent.shape[3]);
        Tensor rgb = latent.narrow(1, 0, 3).reshape(b, 3, h, 1, w, 1).expand(b, 3, h, 4, w, 4);
        return rgb.reshape(b, 3, h * 4, w * 4).MoveToOuterDisposeScope();
    }

    public TextStates EncodeText(string prompt)
    {
        TextCalls++;
        return ToyText.Encode(prompt, TextLength, TextWidth, ScalarType.Float32);
    }

    public void Dispose()
    {
        Toy.Dispose();
        colours.Dispose();
    }
}
