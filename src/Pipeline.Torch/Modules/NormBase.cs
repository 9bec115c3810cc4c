using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What normalisations with running statistics share.</summary>
public abstract class NormBase : nn.Module<Tensor, Tensor>
{
    public NormBase(
        long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name)
        : base(name)
    {
        this.num_features = num_features;
        this.eps = eps;
        this.momentum = momentum;
        this.affine = affine;
        this.track_running_stats = track_running_stats;
        if (affine)
        {
            register_parameter(nameof(weight), new Parameter(ones(num_features, dtype, device)));
            register_parameter(nameof(bias), new Parameter(zeros(num_features, dtype, device)));
        }

        if (track_running_stats)
        {
            register_buffer(nameof(running_mean), zeros(num_features, dtype, device));
            register_buffer(nameof(running_var), ones(num_features, dtype, device));
            register_buffer(nameof(num_batches_tracked), tensor(0L, ScalarType.Int64, device));
        }
    }

    public long num_features { get; }

    public double eps { get; set; }

    public double? momentum { get; set; }

    public bool affine { get; }

    public bool track_running_stats { get; }

    public Parameter weight
    {
        get => OwnParameter(nameof(weight))!;
        set => Replace(nameof(weight), value);
    }

    public Parameter bias
    {
        get => OwnParameter(nameof(bias))!;
        set => Replace(nameof(bias), value);
    }

    public Tensor running_mean
    {
        get => OwnBuffer(nameof(running_mean))!;
        set => ReplaceTensor(nameof(running_mean), value);
    }

    public Tensor running_var
    {
        get => OwnBuffer(nameof(running_var))!;
        set => ReplaceTensor(nameof(running_var), value);
    }

    public Tensor num_batches_tracked
    {
        get => OwnBuffer(nameof(num_batches_tracked))!;
        set => ReplaceTensor(nameof(num_batches_tracked), value);
    }

    protected abstract void ValidateInputDimensions(Tensor input);
}
