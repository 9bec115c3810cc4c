using Pipeline.Models.StableDiffusion;
using Pipeline.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Autoencoder;

/// <summary>How far decoded pictures are from the originals: what is minimised, and what is reported.</summary>
internal static class Reconstruction
{
    private const double SquareWeight = 2, GradientWeight = 0.25;
    private const int ScoreBatch = 16;

    /// <summary>L1 + 2·MSE + ¼·L1 of image gradients of an error [B, 3, H, W], every term a mean over its elements; with the terms for the log. All belong to the current dispose scope.</summary>
    public static (Tensor Total, IReadOnlyList<(string Name, Tensor Value)> Parts) Loss(Tensor error)
    {
        Tensor absolute = error.abs().mean(), square = (error * error).mean();
        Tensor gradient = Slope(error, 2) + Slope(error, 3);
        return (absolute + (square * SquareWeight) + (gradient * GradientWeight), [("l1", absolute.detach()), ("mse", square.detach()), ("gradient", gradient.detach())]);
    }

    /// <summary>Mean PSNR of the reconstructed means over held-out pictures, in dB.</summary>
    public static double Psnr(AutoencoderKL network, IPictureSet data, Device? device = null)
    {
        network.eval();
        using IDisposable recording = no_grad();
        double sum = 0;
        foreach (int[] part in Enumerable.Range(0, data.Count).Chunk(ScoreBatch))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor image = data.Read(part[0], part.Length).Pixels(device);
            Tensor error = (network.Decode(network.Encode(image).Mean).clamp(-1, 1) - image) * 0.5;     // in units of 0..1
            Tensor decibels = (error * error).mean([1, 2, 3]).log10() * -10.0;                          // [B]
            sum += decibels.sum().ToDouble();
        }

        return sum / data.Count;
    }

    /// <summary>Mean absolute difference of neighbours along a dimension: of an error, as differences are linear.</summary>
    private static Tensor Slope(Tensor error, int dimension)
    {
        long size = error.shape[dimension];
        return (error.narrow(dimension, 1, size - 1) - error.narrow(dimension, 0, size - 1)).abs().mean();
    }
}
