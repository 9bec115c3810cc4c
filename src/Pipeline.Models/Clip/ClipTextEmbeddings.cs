using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Clip;

/// <summary>Token plus learned position embedding; positions always count from 0, padding included.</summary>
internal sealed class ClipTextEmbeddings : nn.Module
{
    private readonly int _positions, _frozen;
    private readonly Embedding token_embedding;
    private readonly Embedding position_embedding;

    public ClipTextEmbeddings(WeightSource w, ClipTextConfig config)
        : base(nameof(ClipTextEmbeddings))
    {
        (_positions, _frozen) = (config.Positions, config.FrozenPositions);
        token_embedding = new Embedding(w.Sub("token_embedding"), config.Vocabulary, config.Tower.Hidden);
        position_embedding = new Embedding(w.Sub("position_embedding"), config.Positions, config.Tower.Hidden);
        RegisterComponents();
    }

    /// <summary>Ids [B, n] → [B, n, hidden].</summary>
    /// <exception cref="ArgumentException">The sequence is longer than the position table.</exception>
    public Tensor Forward(Tensor ids)
    {
        if (ids.Dimensions != 2 || ids.shape[1] > _positions)
        {
            throw new ArgumentException($"Token ids must be [batch, length ≤ {_positions}], got [{string.Join(", ", ids.shape)}].", nameof(ids));
        }

        using var scope = NewDisposeScope();
        long length = ids.shape[1], frozen = Math.Min(_frozen, length);
        var position = position_embedding.weight.narrow(0, 0, length);              // [n, hidden]
        if (frozen > 0)
        {
            position = cat([position.narrow(0, 0, frozen).detach(), position.narrow(0, frozen, length - frozen)]);
        }

        return (token_embedding.forward(ids) + position).MoveToOuterDisposeScope();
    }
}
