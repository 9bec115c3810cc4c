using static TorchSharp.torch;

namespace Pipeline.Models.Attention;

/// <summary>
/// The seam between a UNet and an editing method. Each hook has a question and an action; the action is called only after the question was answered
/// with yes for the same call, and only then the tensor it receives is materialised. Everything else runs fused attention.
/// </summary>
/// <remarks>
/// Which batch rows are which branch (unconditional or conditional, source or target) is the control's knowledge; the UNet has none.
/// <para>Ownership: a tensor given to an action belongs to the UNet and lives until the action returns; to keep it, take a copy and move that out of the current dispose scope. An action
/// returns the tensor to go on with: the one it got (nothing changed, nothing copied), a new one of the same shape, which the current dispose scope releases, or one that the control
/// holds elsewhere, which stays the control's. Hooks never write in place: the tensors can be views of one another and part of an autograd graph.</para>
/// </remarks>
public interface IAttentionControl
{
    /// <summary>Whether <see cref="OnSelfQkv"/> is to be called for this self-attention.</summary>
    bool WantsSelfQkv(in AttentionCall call) => false;

    /// <summary>Replaces queries, keys and values of a self-attention before the product, each [branches, heads, T, d]. Attention stays fused.</summary>
    (Tensor Query, Tensor Key, Tensor Value) OnSelfQkv(in AttentionCall call, Tensor query, Tensor key, Tensor value) => (query, key, value);

    /// <summary>Whether <see cref="OnSelfMap"/> is to be called for this self-attention.</summary>
    bool WantsSelfMap(in AttentionCall call) => false;

    /// <summary>Reads or replaces the probabilities of a self-attention, [branches, heads, T, T], rows sum to 1.</summary>
    Tensor OnSelfMap(in AttentionCall call, Tensor map) => map;

    /// <summary>Whether <see cref="OnValueContext"/> is to be called for this cross-attention.</summary>
    bool WantsValueContext(in AttentionCall call) => false;

    /// <summary>Replaces the context [branches, L, X] from which the values (not the keys) of a cross-attention are projected.</summary>
    Tensor OnValueContext(in AttentionCall call, Tensor context) => context;

    /// <summary>Whether <see cref="OnCrossMap"/> is to be called for this cross-attention.</summary>
    bool WantsCrossMap(in AttentionCall call) => false;

    /// <summary>Reads or replaces the probabilities of a cross-attention, [branches, heads, T, L], rows sum to 1 on entry.</summary>
    Tensor OnCrossMap(in AttentionCall call, Tensor map) => map;

    /// <summary>Whether <see cref="OnResidual"/> is to be called for the named block in this step.</summary>
    /// <param name="block">
    /// Checkpoint name: <c>conv_in</c>, <c>down_blocks.0</c> (and <c>.resnets.1</c>, <c>.attentions.1</c>, <c>.attentions.1.transformer_blocks.0</c>, its <c>.ff</c>), <c>mid_block</c>,
    /// <c>up_blocks.1</c>, <c>conv_norm_out</c>, <c>conv_out</c>; <c>up_blocks.1.resnets.1.conv2</c> is a residual block's second convolution before the shortcut is added. The skips that
    /// a down block has already handed over are not touched by a replacement of its output.
    /// </param>
    /// <param name="step">Index of the denoising step.</param>
    bool WantsResidual(string block, int step) => false;

    /// <summary>Reads or replaces the output of a block, [branches, C, H, W]; of a transformer block and its feed-forward part, [branches, T, C].</summary>
    Tensor OnResidual(string block, int step, Tensor hidden) => hidden;
}
