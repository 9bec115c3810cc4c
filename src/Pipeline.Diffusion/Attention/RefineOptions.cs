namespace Pipeline.Diffusion.Attention;

/// <summary>Settings of <see cref="CrossAttentionRefine"/>.</summary>
/// <param name="Window">Steps in which maps are refined (t >= tau_c).</param>
/// <param name="Kappa">Spatial gate in [0, 1]: 1 leaves the target its own maps inside the stimuli (preset <c>paper</c>), 0 is Prompt-to-Prompt's refinement everywhere (preset <c>official</c>). Default 1.</param>
/// <param name="Renormalise">Divides refined rows by their sum. Default false, as in Prompt-to-Prompt.</param>
/// <param name="From">Whose maps are taken. Default: the source's.</param>
public sealed record RefineOptions(StepWindow Window, double Kappa = 1, bool Renormalise = false, RefineFrom From = RefineFrom.Source);
