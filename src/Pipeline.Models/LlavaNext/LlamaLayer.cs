using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>Pre-norm decoder layer: h += attn(RMS(h)); h += mlp(RMS(h)).</summary>
internal sealed class LlamaLayer : nn.Module
{
    private readonly RmsNorm input_layernorm;
    private readonly LlamaAttention self_attn;
    private readonly RmsNorm post_attention_layernorm;
    private readonly LlamaMlp mlp;

    public LlamaLayer(WeightSource w, LlamaConfig config)
        : base(nameof(LlamaLayer))
    {
        input_layernorm = new RmsNorm(w.Sub("input_layernorm"), config.Hidden, config.Epsilon);
        self_attn = new LlamaAttention(w.Sub("self_attn"), config);
        post_attention_layernorm = new RmsNorm(w.Sub("post_attention_layernorm"), config.Hidden, config.Epsilon);
        mlp = new LlamaMlp(w.Sub("mlp"), config);
        RegisterComponents();
    }

    /// <summary>[B, L, hidden] → [B, L, hidden].</summary>
    public Tensor Forward(Tensor x, DecoderPass pass, int layer)
    {
        using var scope = NewDisposeScope();
        var h = x + self_attn.Forward(input_layernorm.forward(x), pass, layer);
        return (h + mlp.Forward(post_attention_layernorm.forward(h))).MoveToOuterDisposeScope();
    }
}
