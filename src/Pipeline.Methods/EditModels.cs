using Pipeline.Diffusion.Sampling;
using Pipeline.Imaging;
using static TorchSharp.torch;

namespace Pipeline.Methods;

/// <summary>The models that methods may ask for. Each is loaded when it is first asked for, so that a method pays for what it uses only; they belong to whoever made this object.</summary>
/// <param name="diffusion">The diffusion model.</param>
public sealed class EditModels(Func<IDiffusionModel> diffusion)
{
    /// <summary>Models of a method that needs the diffusion model alone.</summary>
    public EditModels(IDiffusionModel diffusion)
        : this(() => diffusion)
    {
    }

    /// <summary>Makes the InstructPix2Pix model; null where there is none.</summary>
    public Func<IDiffusionModel>? InstructSource { get; init; }

    /// <summary>All tokens of a picture by CLIP's image tower [1, N, X], float32, the caller's; null where there is no CLIP.</summary>
    public Func<RgbImage, Tensor>? ImageTokenSource { get; init; }

    /// <summary>The diffusion model.</summary>
    public IDiffusionModel Diffusion => diffusion();

    /// <summary>The InstructPix2Pix model.</summary>
    /// <exception cref="EditException">There is none.</exception>
    public IDiffusionModel Instruct => (InstructSource
        ?? throw EditException.Options("this method needs an InstructPix2Pix model (UNet of 8 input channels) in a folder of its own beside the others: a diffusers pipeline whose model_index.json names it"))();

    /// <summary>The image tokens of a picture.</summary>
    /// <exception cref="EditException">There is no CLIP.</exception>
    public Tensor ImageTokens(RgbImage image) => (ImageTokenSource
        ?? throw EditException.Options("this method needs a CLIP in the model folder: its image tower reads the picture"))(image);
}
