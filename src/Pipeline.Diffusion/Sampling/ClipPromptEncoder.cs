using Pipeline.Models.Clip;
using Pipeline.Models.Tokenizers;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Sampling;

/// <summary>
/// Prompts through a CLIP text tower as Stable Diffusion reads them: padded to the tower's length, no padding mask, the last state after the final layer norm. Towers with more positions
/// (248 in MoodifyCLIP) work as they are; which token pads is the tokenizer's setting.
/// </summary>
/// <param name="encoder">The tower; belongs to the caller.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="device">Device of the tower.</param>
/// <param name="skippedLayers">Layers left out at the end: 0, or 1 for what user interfaces call clip skip 2.</param>
public sealed class ClipPromptEncoder(ClipTextModel encoder, ClipTokenizer tokenizer, Device device, int skippedLayers = 0)
{
    /// <summary>Encodes a prompt; a longer one keeps its first tokens and the end token, and is flagged. The states [1, L, X] are the caller's.</summary>
    public TextStates Encode(string text)
    {
        int length = encoder.Config.Positions;
        int[] padded = tokenizer.EncodePadded(text, length);
        int count = tokenizer.Encode(text).Count;
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor ids = tensor(Array.ConvertAll(padded, id => (long)id), [1, length], ScalarType.Int64, device);
        Tensor states = encoder.Encode(ids, skippedLayers); // [1, L, X]
        return new TextStates(states.MoveToOuterDisposeScope(), padded[..Math.Min(count, length)], count > length);
    }
}
