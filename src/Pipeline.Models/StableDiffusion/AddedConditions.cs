using static TorchSharp.torch;

namespace Pipeline.Models.StableDiffusion;

/// <summary>Conditions besides text and timestep. The tensors stay the caller's.</summary>
/// <param name="TextEmbeds">Pooled text embedding [B, P] of an SDXL-type model (addition_embed_type "text_time").</param>
/// <param name="TimeIds">Original size, crop and target size [B, 6] of an SDXL-type model.</param>
/// <param name="GuidanceEmbedding">Embedding of the guidance scale [B, time_cond_proj_dim] of a guidance-distilled model; see <see cref="TimestepEmbedding.Guidance"/>.</param>
public sealed record AddedConditions(Tensor? TextEmbeds = null, Tensor? TimeIds = null, Tensor? GuidanceEmbedding = null);
