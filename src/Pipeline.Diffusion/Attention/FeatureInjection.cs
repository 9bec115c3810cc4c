using System.Globalization;
using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>
/// Plug-and-play: targets take the source's spatial features of one decoder layer, and its self-attention queries and keys from that layer on, in both halves of guidance.
/// </summary>
/// <remarks>
/// N. Tumanyan et al., "Plug-and-Play Diffusion Features for Text-Driven Image-to-Image Translation", 2022 (arXiv:2211.12572), section 4: features of layer 4 (the second residual block of the 16x16 stage, after its second
/// convolution and before the skip is added), attention of layers 4 to 11. The source runs in the same batch instead of being stored, 2-3 GB a picture otherwise. Where the source has no unconditional row, both
/// halves take its conditional one: with an empty source prompt the two are the same.
/// </remarks>
public sealed class FeatureInjection : IAttentionControl, IDisposable
{
    private readonly FeatureInjectionOptions options;
    private readonly string featureBlock;
    private readonly RowShare share;

    /// <summary>Builds the row tables of a layout.</summary>
    public FeatureInjection(BranchLayout layout, FeatureInjectionOptions options)
    {
        this.options = options;
        featureBlock = $"up_blocks.{options.Stage}.resnets.{options.Layer}.conv2";
        int[] own = [.. Enumerable.Range(0, layout.Rows.Count)];
        int[] sources = [.. layout.Rows.Select((row, i) => layout.Branches[row.Branch].Kind == BranchKind.Target ? layout.RowOrConditional(layout.SourceOf(row.Branch), row.Half) : i)];
        share = new RowShare(sources, sources, own);
    }

    /// <inheritdoc />
    public bool WantsResidual(string block, int step) => options.Features.Contains(step) && string.Equals(block, featureBlock, StringComparison.Ordinal);

    /// <inheritdoc />
    public Tensor OnResidual(string block, int step, Tensor hidden) => share.Apply(hidden, hidden, hidden).Query; // [rows, C, H, W]

    /// <inheritdoc />
    public bool WantsSelfQkv(in AttentionCall call) => options.Attention.Contains(call.Step) && IsInjected(call.Site);

    /// <inheritdoc />
    public (Tensor Query, Tensor Key, Tensor Value) OnSelfQkv(in AttentionCall call, Tensor query, Tensor key, Tensor value) => share.Apply(query, key, value);

    /// <inheritdoc />
    public void Dispose() => share.Dispose();

    // up_blocks.{stage}.attentions.{layer}.transformer_blocks.0
    private bool IsInjected(in AttentionSite site)
    {
        string[] parts = site.Name.Split('.');
        return site.Place == AttentionPlace.Up && parts.Length > 3 && parts[0] == "up_blocks"
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int stage) && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out int layer)
            && (stage > options.Stage || (stage == options.Stage && layer >= options.Layer));
    }
}
