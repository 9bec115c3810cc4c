using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.Layers;

/// <summary>Group normalisation over channels (Wu and He 2018, arXiv 1803.08494), with weight and bias per channel.</summary>
public sealed class GroupNorm : nn.Module<Tensor, Tensor>
{
    private readonly long _groups;
    private readonly double _eps;

    public readonly Parameter weight;
    public readonly Parameter bias;

    /// <summary>Takes <c>weight</c> and <c>bias</c> [channels].</summary>
    public GroupNorm(WeightSource w, long groups, long channels, double eps)
        : base(nameof(GroupNorm))
    {
        if (groups <= 0 || channels % groups != 0)
        {
            throw new ModelFormatException($"{channels} channels cannot be normalised in {groups} groups: check norm_num_groups in config.json");
        }

        (_groups, _eps) = (groups, eps);
        weight = w.Parameter("weight", [channels], Init.Ones);
        bias = w.Parameter("bias", [channels], Init.Zeros);
        RegisterComponents();
    }

    /// <summary>[B, C, ...] to the same shape; the caller owns the result.</summary>
    public override Tensor forward(Tensor x) => nn.functional.group_norm(x, _groups, weight, bias, _eps);
}
