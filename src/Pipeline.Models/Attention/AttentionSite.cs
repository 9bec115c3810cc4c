namespace Pipeline.Models.Attention;

/// <summary>One transformer block of a UNet: its self-attention and the cross-attention that follows it.</summary>
/// <param name="Index">Position in call order (down, mid, up), from 0. Both attentions of a block share it.</param>
/// <param name="Name">Checkpoint name of the block, such as <c>down_blocks.1.attentions.0.transformer_blocks.0</c>.</param>
/// <param name="Place">Part of the UNet.</param>
/// <param name="Level">Number of halvings between the latent and this block: 0 is the latent's own resolution.</param>
/// <param name="Heads">Attention heads.</param>
public readonly record struct AttentionSite(int Index, string Name, AttentionPlace Place, int Level, int Heads);
