using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Sampling;
using Pipeline.Imaging;
using static TorchSharp.torch;

namespace Pipeline.Methods.Baselines;

/// <summary>One picture while it is edited; tensors belong to the edit.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Working">The picture at working size.</param>
/// <param name="Latent">z_0 [1, C, h, w].</param>
/// <param name="Source">P_src.</param>
/// <param name="Negative">The negative prompt.</param>
/// <param name="Predictor">The denoiser.</param>
/// <param name="Prepared">What <see cref="BaselineEditor{TOptions}"/> prepared once for all emotions; null where nothing is.</param>
/// <param name="OnStep">To be called after every denoising step.</param>
/// <param name="Cancellation">To be checked before every denoising step.</param>
public sealed record BaselineContext(
    EditRequest Request, RgbImage Working, Tensor Latent, TextStates Source, TextStates Negative, INoisePredictor Predictor, InversionArtefact? Prepared, Action OnStep, CancellationToken Cancellation);
