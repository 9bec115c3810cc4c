using Pipeline.Diffusion.Sampling;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;
using Pipeline.Methods.Moodifier;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Methods;

/// <summary>The way of a picture into a diffusion model and back, the same for all methods.</summary>
internal sealed class PictureCanvas(IDiffusionModel model, int? longSide, int? minLongSide, int sizeMultiple)
{
    // Weights of the stimulus map below this fade into the source; Moodifier's value, so that composites of different methods compare.
    private const double Feather = 0.15;
    private const int DecodeBatch = 4;
    private readonly MoodifierOptions sizes = new() { LongSide = longSide, MinLongSide = minLongSide, SizeMultiple = sizeMultiple };

    /// <summary>The picture at the size at which the model works.</summary>
    public RgbImage AtWorkingSize(RgbImage image)
    {
        WorkingSize size = WorkingSize.Of(image.Width, image.Height, sizes, model.LatentFactor, model.NativeSide);
        return Resized(image, size.Width, size.Height);
    }

    /// <summary>z_0 [1, C, h, w] of a picture at working size, in the current dispose scope.</summary>
    public Tensor Encode(RgbImage working)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor bytes = tensor(working.Pixels, [1, working.Height, working.Width, 3]); // HWC
        Tensor image = bytes.permute(0, 3, 1, 2).to(ScalarType.Float32, model.Device) / 127.5 - 1.0; // [1, 3, H, W]
        return model.EncodeImage(image).MoveToOuterDisposeScope();
    }

    /// <summary>The given latent, if it is this picture's.</summary>
    /// <exception cref="EditException">It has another size.</exception>
    public Tensor Checked(Tensor latent, RgbImage working)
    {
        long height = working.Height / model.LatentFactor, width = working.Width / model.LatentFactor;
        return latent.dim() == 4 && latent.shape[0] == 1 && latent.shape[2] == height && latent.shape[3] == width
            ? latent
            : throw EditException.Request(
                $"the given latent is [{string.Join(", ", latent.shape)}], this picture's is [1, C, {height}, {width}]: encode it with the same model and working size");
    }

    /// <summary>The pictures of clean latents [1, C, h, w] each, rounded half to even: a few go through the decoder together, so that its memory does not grow with their number.</summary>
    public IEnumerable<RgbImage> Decode(IReadOnlyList<Tensor> latents) => latents.Chunk(DecodeBatch).SelectMany(DecodeTogether);

    private RgbImage[] DecodeTogether(Tensor[] latents)
    {
        using var scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        Tensor images = model.DecodeLatent(latents.Length == 1 ? latents[0] : cat(latents)); // [B, 3, H, W]
        Tensor bytes = ((images / 2.0 + 0.5).clamp(0.0, 1.0) * 255.0).round().to(ScalarType.Byte, CPU).permute(0, 2, 3, 1).contiguous();
        using TensorAccessor<byte> pixels = bytes.data<byte>();
        (int height, int width) = ((int)images.shape[2], (int)images.shape[3]);
        return [.. pixels.ToArray().Chunk(height * width * 3).Select(own => new RgbImage(width, height, own))];
    }

    /// <summary>The result at the wanted size, composited where that is asked for and a map is given.</summary>
    /// <param name="edit">The wanted edit.</param>
    /// <param name="decoded">The edited picture.</param>
    /// <param name="background">The source at the wanted size.</param>
    /// <param name="composite">Whether the source's pixels are put back outside the map.</param>
    public static (RgbImage Image, MaskImage Mask, MaskSource Source) Finish(EmotionEdit edit, RgbImage decoded, RgbImage background, bool composite)
    {
        RgbImage image = Resized(decoded, background.Width, background.Height);
        if (!composite || edit.Stimulus is not { } map)
        {
            return (image, MaskImage.Filled(background.Width, background.Height, 1), MaskSource.Global);
        }

        MaskImage mask = map.Width == background.Width && map.Height == background.Height
            ? map
            : map.Resize(background.Width, background.Height, ResampleFilter.Bilinear).Clamp();
        return (PixelComposite.Apply(background, image, mask, Feather), mask, MaskSource.Stimulus);
    }

    public static RgbImage Resized(RgbImage image, int width, int height) =>
        image.Width == width && image.Height == height ? image : PillowResize.Resize(image, width, height, ResampleFilter.Lanczos);
}
