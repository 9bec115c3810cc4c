using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>Pre-norm block: self-attention, in the decoder attention onto the encoder, MLP; numbered <c>layer.0</c>, <c>layer.1</c>, <c>layer.2</c> in checkpoints.</summary>
internal sealed class T5Block : nn.Module
{
    private readonly TorchSharp.Modules.ModuleList<nn.Module> layer;

    public T5Block(WeightSource w, T5Config config, bool isDecoder, bool isFirst)
        : base(nameof(T5Block))
    {
        var self = new T5SelfLayer(w.Sub("layer", 0), config, hasPositions: isFirst);
        layer = isDecoder
            ? new TorchSharp.Modules.ModuleList<nn.Module>(self, new T5CrossLayer(w.Sub("layer", 1), config), new T5FeedForwardLayer(w.Sub("layer", 2), config))
            : new TorchSharp.Modules.ModuleList<nn.Module>(self, new T5FeedForwardLayer(w.Sub("layer", 1), config));
        RegisterComponents();
    }

    /// <summary>The attention that holds the position table, in the first block.</summary>
    public T5Attention Self => ((T5SelfLayer)layer[0]).SelfAttention;

    /// <summary>The attention onto the encoder, in a decoder block.</summary>
    public T5Attention Cross => ((T5CrossLayer)layer[1]).EncDecAttention;

    /// <summary>[B, L, width] → [B, L, width].</summary>
    /// <param name="x">The stream.</param>
    /// <param name="selfBias">Positions and mask, broadcast to [B, heads, L, past + L].</param>
    /// <param name="cache">Past keys and values; null without a past.</param>
    /// <param name="encoded">Projected encoder states and their mask, for a decoder block.</param>
    /// <param name="probe">Records <c>attention.i</c> and <c>cross.i</c>.</param>
    /// <param name="index">Number of the block.</param>
    public Tensor Forward(Tensor x, Tensor? selfBias, KeyValueCache? cache, T5EncoderView? encoded, ProbeScope probe, int index)
    {
        using var scope = NewDisposeScope();
        var self = (T5SelfLayer)layer[0];
        var normalised = self.layer_norm.forward(x);
        var (keys, values) = self.SelfAttention.Project(normalised);
        if (cache is not null)
        {
            (keys, values) = cache.Append(index, keys, values);                     // [B, heads, past + L, d]
        }

        var h = x + self.SelfAttention.Forward(normalised, keys, values, selfBias, probe, "attention", index);
        if (encoded is { } source)
        {
            var cross = (T5CrossLayer)layer[1];
            h = h + cross.EncDecAttention.Forward(
                cross.layer_norm.forward(h), source.Keys[index], source.Values[index], source.Mask, probe, "cross", index);
        }

        var feedForward = (T5FeedForwardLayer)layer[layer.Count - 1];
        return (h + feedForward.DenseReluDense.Forward(feedForward.layer_norm.forward(h))).MoveToOuterDisposeScope();
    }
}
