using Pipeline.Models;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.StableDiffusion;
using Pipeline.Models.Tokenizers;
using Pipeline.Training.Autoencoder;
using Pipeline.Training.Contrast;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Denoising;

/// <summary>The trained models that a denoiser is built on, frozen: the autoencoder, and the text tower of a CLIP with its tokenizer.</summary>
internal sealed class DiffusionBases : IDisposable
{
    private DiffusionBases(string vaeFolder, string clipFolder, Device device)
    {
        (VaeFolder, ClipFolder, Device) = (vaeFolder, clipFolder, device);
        Tokenizer = TokenizerLoader.LoadClip(clipFolder);
        Text = ClipTextModel.Load(clipFolder, device);
        try
        {
            Vae = AutoencoderKL.Load(vaeFolder, new WeightOptions(device));
        }
        catch
        {
            Text.Dispose();
            throw;
        }
    }

    public string VaeFolder { get; }

    public string ClipFolder { get; }

    /// <summary>Where both compute.</summary>
    public Device Device { get; }

    /// <summary>Side of the pictures that the autoencoder says it was made for; that of the world's where it says none.</summary>
    public int Side => ModelConfig.Read(Path.Combine(VaeFolder, "config.json")).Int("sample_size", Canvas.Side);

    public AutoencoderKL Vae { get; }

    public ClipTextModel Text { get; }

    public ClipTokenizer Tokenizer { get; }

    /// <summary>Loads what the configuration names.</summary>
    /// <exception cref="TrainingException">A role is missing.</exception>
    /// <exception cref="ModelFormatException">A folder holds something else.</exception>
    public static DiffusionBases Load(TrainingConfig config) => new(config.BaseFolder(AutoencoderTask.System), config.BaseFolder(ClipTask.System), config.Device);

    /// <summary>Text states [n, 77, X] as the pipeline makes them: padded to the tower's length, no padding mask, after the final norm; the caller's.</summary>
    public Tensor EncodeText(IReadOnlyList<int[]> tokens)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        Tensor ids = tensor([.. tokens.SelectMany(t => t).Select(id => (long)id)], [tokens.Count, Text.Config.Positions]).to(Device);
        return Text.Encode(ids).MoveToOuterDisposeScope();
    }

    /// <summary>A text's ids, padded or cut to the tower's length.</summary>
    public int[] Tokens(string text) => Tokenizer.EncodePadded(text, Text.Config.Positions);

    /// <summary>The token of a word; −1, which no text has, where the tokenizer divides it.</summary>
    public int IdOf(string word) => Tokenizer.Encode(word) is [_, var id, _] ? id : -1;

    public void Dispose()
    {
        Vae.Dispose();
        Text.Dispose();
    }
}
