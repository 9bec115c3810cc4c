using Pipeline.Models.Layers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Dino;

/// <summary>Patches by a biased convolution, the class token in front, learned positions on all, stretched where the input is not native.</summary>
internal sealed class VitEmbeddings : nn.Module
{
    private readonly VitConfig _config;
    private readonly Parameter cls_token;
    private readonly Parameter position_embeddings;
    private readonly VitPatchEmbeddings patch_embeddings;

    public VitEmbeddings(WeightSource w, VitConfig config)
        : base(nameof(VitEmbeddings))
    {
        _config = config;
        var initial = new Init(InitKind.Normal, 0.02);
        cls_token = w.Parameter("cls_token", [1, 1, config.Hidden], initial);
        position_embeddings = w.Parameter("position_embeddings", [1, 1 + ((long)config.Grid * config.Grid), config.Hidden], initial);
        patch_embeddings = new VitPatchEmbeddings(w.Sub("patch_embeddings"), config);
        RegisterComponents();
    }

    /// <summary>Pixels [B, C, H, W] → [B, 1+N, hidden].</summary>
    /// <exception cref="ArgumentException">The picture has the wrong number of channels or is smaller than a patch.</exception>
    public Tensor Forward(Tensor pixels, PositionInterpolation rule)
    {
        var patch = _config.PatchSize;
        if (pixels.Dimensions != 4 || pixels.shape[1] != _config.Channels || pixels.shape[2] < patch || pixels.shape[3] < patch)
        {
            throw new ArgumentException(
                $"Pixel values must be [batch, {_config.Channels}, ≥ {patch}, ≥ {patch}], got [{string.Join(", ", pixels.shape)}].", nameof(pixels));
        }

        using var scope = NewDisposeScope();
        var patches = patch_embeddings.projection.forward(pixels).flatten(2).transpose(1, 2);       // [B, N, hidden]
        var x = cat([cls_token.expand(patches.shape[0], -1, -1), patches], 1);                      // [B, 1+N, hidden]
        return (x + Positions(pixels.shape[2], pixels.shape[3], rule)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The table for a picture: [1, 1+N, hidden]; a view of the stored one for a square picture with the native number of patches. A picture that is
    /// not square is interpolated even if its patches are as many: so do both published rules, and the first one changes the values by it.
    /// </summary>
    private Tensor Positions(long height, long width, PositionInterpolation rule)
    {
        long side = _config.Grid;
        var (rows, columns) = (height / _config.PatchSize, width / _config.PatchSize);
        if (rows == side && height == width)
        {
            return position_embeddings.alias();
        }

        using var scope = NewDisposeScope();
        var table = position_embeddings.narrow(1, 1, side * side)
            .reshape(1, side, side, _config.Hidden).permute(0, 3, 1, 2);                            // [1, hidden, side, side]
        var stretched = rule == PositionInterpolation.Offset01
            ? nn.functional.interpolate(table, null, [(rows + 0.1) / side, (columns + 0.1) / side], InterpolationMode.Bicubic, false)
            : nn.functional.interpolate(table, [rows, columns], null, InterpolationMode.Bicubic, false);
        var flat = stretched.permute(0, 2, 3, 1).reshape(1, rows * columns, _config.Hidden);
        return cat([position_embeddings.narrow(1, 0, 1), flat], 1).MoveToOuterDisposeScope();
    }
}
