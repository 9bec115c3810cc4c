using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>Unit vectors of a batch, all in the joint space. The tensors are the caller's.</summary>
/// <param name="Images">Whole pictures [N, D].</param>
/// <param name="Patches">Patch tokens after the final norm and the visual projection [N, P, D].</param>
/// <param name="Full">All five sentences as one text [N, D].</param>
/// <param name="Sentences">Each of the five [N, 5, D].</param>
internal sealed record MoodifyFeatures(Tensor Images, Tensor Patches, Tensor Full, Tensor Sentences);
