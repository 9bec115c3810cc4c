using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>What one forward pass hands down to all blocks.</summary>
/// <param name="ActiveTimeEmbedding">SiLU of the time embedding [B, temb]; every resnet block projects this same tensor.</param>
/// <param name="Context">Text states [B, L, X].</param>
/// <param name="Control">The listening method, or null.</param>
/// <param name="Step">Index of the denoising step for the control.</param>
public sealed record UNetCall(Tensor ActiveTimeEmbedding, Tensor Context, IAttentionControl? Control, int Step)
{
    /// <summary>Whether the control listens to a block. A tensor that it heard must not be changed in place afterwards.</summary>
    public bool Hears(string block) => Control is not null && Control.WantsResidual(block, Step);

    /// <summary>
    /// Offers a block's output to the control. Returns the same object when nothing changed; otherwise a handle of our own on the control's tensor, so that whatever the control keeps
    /// stays the control's.
    /// </summary>
    public Tensor Tap(string block, Tensor hidden)
    {
        if (!Hears(block))
        {
            return hidden;
        }

        Tensor result = Control!.OnResidual(block, Step, hidden);
        return ReferenceEquals(result, hidden) ? hidden : result.alias();
    }
}
