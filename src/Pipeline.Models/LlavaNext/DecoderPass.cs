using Pipeline.Models.Generation;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>What all layers of one pass through the decoder share.</summary>
/// <param name="Rotary">Tables for the positions of this pass.</param>
/// <param name="Mask">Additive [1 or B, 1, L, past + L], or null where every query sees every key.</param>
/// <param name="Cache">Past keys and values; null computes without a past.</param>
/// <param name="Rows">Attention rows to report, or null.</param>
/// <param name="Probe">Activations to record.</param>
internal sealed record DecoderPass(RotaryEmbedding Rotary, Tensor? Mask, KeyValueCache? Cache, AttentionRowSink? Rows, ProbeScope Probe);
