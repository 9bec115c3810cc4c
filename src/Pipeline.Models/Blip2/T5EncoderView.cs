using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>What the decoder sees of the encoder: keys and values of every decoder block, made once a prompt, and the padding mask.</summary>
/// <param name="Keys">By block, [B, heads, S, d].</param>
/// <param name="Values">By block, [B, heads, S, d].</param>
/// <param name="Mask">Additive [B, 1, 1, S].</param>
internal sealed record T5EncoderView(Tensor[] Keys, Tensor[] Values, Tensor Mask) : IDisposable
{
    /// <summary>A view with every row repeated in place; the caller's, outside of every dispose scope.</summary>
    public T5EncoderView Repeat(int copies)
    {
        using var scope = NewDisposeScope();
        return new T5EncoderView([.. Keys.Select(Rows)], [.. Values.Select(Rows)], Rows(Mask));

        Tensor Rows(Tensor x) => x.unsqueeze(1).expand(-1, copies, -1, -1, -1)
            .reshape(x.shape[0] * copies, x.shape[1], x.shape[2], x.shape[3]).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in Keys.Concat(Values).Append(Mask))
        {
            tensor.Dispose();
        }
    }
}
