using Pipeline.Models.Generation;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>What BLIP-2 asks of its language model: to read image vectors and a prompt, and to go on writing.</summary>
public abstract class Blip2LanguageModel : nn.Module
{
    private protected Blip2LanguageModel(string name)
        : base(name)
    {
    }

    /// <summary>Width of the image vectors it reads.</summary>
    public abstract int Width { get; }

    /// <summary>The prompt where the caller gives none.</summary>
    public abstract int StartToken { get; }

    /// <summary>First token of the library's output sequences; the loops here return new tokens only.</summary>
    public abstract int OutputStartToken { get; }

    /// <summary>Whether prompts of different lengths are padded on the left.</summary>
    public abstract bool PadsLeft { get; }

    /// <summary>
    /// Starts writing behind image vectors [B, Q, width] and prompt ids [B, n] with their mask [B, n]. The state is the caller's; the tensors are not
    /// needed after the call.
    /// </summary>
    public abstract IDecodingState Begin(Tensor image, Tensor ids, Tensor mask, int maxNewTokens);

    /// <summary>
    /// Raw logits in fp32 of a whole pass, the caller's. A decoder reads image and prompt: [B, Q + n, vocabulary]. An encoder-decoder reads them with
    /// its encoder and <paramref name="targets"/> [B, m] with its decoder: [B, m, vocabulary].
    /// </summary>
    public abstract Tensor Logits(Tensor image, Tensor ids, Tensor mask, Tensor? targets, ActivationProbe? probe);

    /// <summary>The mask of image vectors and prompt: [B, Q + n], int64, the caller's.</summary>
    private protected static Tensor WholeMask(Tensor image, Tensor mask)
    {
        using var scope = NewDisposeScope();
        return cat([ones([image.shape[0], image.shape[1]], ScalarType.Int64, image.device), mask.to(ScalarType.Int64)], 1).MoveToOuterDisposeScope();
    }
}
