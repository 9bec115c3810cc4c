using Pipeline.Models.Layers;
using static TorchSharp.torch;
using Modules = TorchSharp.Modules;

namespace Pipeline.Models.StableDiffusion;

/// <summary>One level of the encoder or decoder: residual blocks, then a resampling except on the last level.</summary>
public sealed class AutoencoderLevel : nn.Module<Tensor, Tensor>
{
    private readonly Modules.ModuleList<ResnetBlock2D> resnets;
    private readonly Modules.ModuleList<Downsample2D> downsamplers;
    private readonly Modules.ModuleList<Upsample2D> upsamplers;

    /// <summary>Takes the weights from <paramref name="w"/>.</summary>
    /// <param name="w">Weights of this level.</param>
    /// <param name="inChannels">Channels of the level before.</param>
    /// <param name="channels">Channels of this level.</param>
    /// <param name="layers">Residual blocks.</param>
    /// <param name="resampling">What follows them.</param>
    /// <param name="options">What all residual blocks share.</param>
    public AutoencoderLevel(WeightSource w, int inChannels, int channels, int layers, AutoencoderResampling resampling, ResnetOptions options)
        : base(nameof(AutoencoderLevel))
    {
        ArgumentNullException.ThrowIfNull(w);
        resnets = new Modules.ModuleList<ResnetBlock2D>(Enumerable.Range(0, layers).Select(j => new ResnetBlock2D(
            w.Sub($"resnets.{j}"), $"resnets.{j}", j == 0 ? inChannels : channels, channels, options)).ToArray());
        downsamplers = new Modules.ModuleList<Downsample2D>();
        upsamplers = new Modules.ModuleList<Upsample2D>();
        if (resampling == AutoencoderResampling.Down)
        {
            downsamplers.Add(new Downsample2D(w.Sub("downsamplers.0"), channels, 0));
        }
        else if (resampling == AutoencoderResampling.Up)
        {
            upsamplers.Add(new Upsample2D(w.Sub("upsamplers.0"), channels));
        }

        RegisterComponents();
    }

    /// <summary>[B, in, H, W] to [B, C, H', W']; the result is the caller's.</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor hidden = resnets[0].Forward(input);
        for (int j = 1; j < resnets.Count; j++)
        {
            using Tensor previous = hidden;
            hidden = resnets[j].Forward(previous);
        }

        if (downsamplers.Count + upsamplers.Count == 0)
        {
            return hidden;
        }

        using (hidden)
        {
            return downsamplers.Count > 0 ? downsamplers[0].call(hidden) : upsamplers[0].Forward(hidden, hidden.shape[2] * 2, hidden.shape[3] * 2);
        }
    }
}
