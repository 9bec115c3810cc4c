namespace Pipeline.Diffusion.Attention;

/// <summary>One target branch of <see cref="CrossAttentionRefine"/>.</summary>
/// <param name="Branch">Index of the target branch in the layout.</param>
/// <param name="Alignment">Alignment of its prompt to the source prompt.</param>
/// <param name="Stimulus">M_E, or null: no spatial gate, as kappa = 0.</param>
public sealed record RefineTarget(int Branch, TokenAlignment Alignment, SpatialMap? Stimulus = null);
