using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Normalises each channel over the batch while training, and by the running statistics otherwise.</summary>
public abstract class BatchNorm : NormBase
{
    public BatchNorm(
        long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name)
        : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, name)
    {
    }

    public override Tensor forward(Tensor input)
    {
        ValidateInputDimensions(input);
        double factor = momentum ?? 0;
        if (training && track_running_stats)
        {
            using IDisposable recording = no_grad();
            _ = num_batches_tracked.add_(1);
            factor = momentum ?? 1.0 / num_batches_tracked.ToInt64();
        }

        return nn.functional.batch_norm(
            input, running_mean, running_var, weight, bias, training || !track_running_stats, factor, eps);
    }
}
