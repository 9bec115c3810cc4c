using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Pipeline.Torch.Tests;

/// <summary>A convolution, a normalisation and an attention block: the operators that make most of a diffusion model.</summary>
internal sealed class SmallNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in = nn.Conv2d(4, 16, 3, 1, 1);
    private readonly GroupNorm norm = nn.GroupNorm(4, 16);
    private readonly Linear to_qkv = nn.Linear(16, 48, false);
    private readonly Sequential to_out = nn.Sequential(nn.Linear(16, 16), nn.Dropout(0));
    private readonly Conv2d conv_out = nn.Conv2d(16, 4, 3, 1, 1);

    public SmallNetwork()
        : base(nameof(SmallNetwork)) => RegisterComponents();

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor h = F.silu(norm.call(conv_in.call(input))); // [B, 16, H, W]
        (long batch, long height, long width) = (h.shape[0], h.shape[2], h.shape[3]);
        Tensor tokens = h.flatten(2).transpose(1, 2); // [B, HW, 16]
        Tensor[] qkv = to_qkv.call(tokens).view(batch, height * width, 3, 2, 8).permute(2, 0, 3, 1, 4).unbind(0); // 3 × [B, heads, HW, 8]
        Tensor attended = F.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]);
        tokens = tokens + to_out.call(attended.transpose(1, 2).reshape(batch, height * width, 16));
        h = tokens.transpose(1, 2).reshape(batch, 16, height, width);
        return conv_out.call(h).MoveToOuterDisposeScope();
    }
}
