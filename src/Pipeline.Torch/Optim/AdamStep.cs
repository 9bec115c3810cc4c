using TorchSharp.Native;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1) and AdamW (Loshchilov and Hutter 2019, algorithm 2) over many tensors at once. The order of operations is that of PyTorch's
/// single-tensor form, so the results have the same bits.
/// </summary>
internal sealed class AdamStep : IDisposable
{
    private readonly Dictionary<Parameter, AdamMoments> _moments = new(System.Collections.Generic.ReferenceEqualityComparer.Instance);

    public void Apply(IEnumerable<Parameter> parameters, in AdamSettings settings)
    {
        AdamSettings s = settings;
        List<(Parameter Parameter, Tensor Gradient, AdamMoments Moments)> ready = [];
        foreach (Parameter parameter in parameters)
        {
            if (parameter.grad is { } gradient)
            {
                ready.Add((parameter, gradient, MomentsOf(parameter, s.Amsgrad)));
            }
        }

        // One bias correction serves all tensors that have seen as many steps, and one call takes tensors of one type and place.
        foreach (var group in ready.GroupBy(r => (r.Moments.Steps, r.Parameter.dtype, r.Parameter.device)))
        {
            Update([.. group.Select(g => (Tensor)g.Parameter)], [.. group.Select(g => g.Gradient)], [.. group.Select(g => g.Moments)], s);
        }
    }

    public void Dispose()
    {
        foreach (AdamMoments moments in _moments.Values)
        {
            moments.Dispose();
        }

        _moments.Clear();
    }

    private static void Update(Tensor[] parameters, Tensor[] gradients, AdamMoments[] moments, in AdamSettings s)
    {
        Tensor[] first = Array.ConvertAll(moments, m => m.First);
        Tensor[] second = Array.ConvertAll(moments, m => m.Second);
        int t = moments[0].Steps + 1;
        Array.ForEach(moments, m => m.Steps = t);

        if (s.Maximize)
        {
            gradients = Aten._foreach_neg.CallList(gradients);
        }

        if (s.Decay != 0 && s.DecoupledDecay)
        {
            Aten._foreach_mul__Scalar.Run(parameters, 1 - (s.Rate * s.Decay)); // θ ← θ - ηλθ
        }
        else if (s.Decay != 0)
        {
            gradients = Aten._foreach_add_List.CallList(gradients, parameters, s.Decay); // g ← g + λθ
        }

        Aten._foreach_mul__Scalar.Run(first, s.Beta1); // m ← β₁m + (1 - β₁)g
        Aten._foreach_add__List.Run(first, gradients, 1 - s.Beta1);
        Aten._foreach_mul__Scalar.Run(second, s.Beta2); // v ← β₂v + (1 - β₂)g²
        Aten._foreach_addcmul__Scalar.Run(second, gradients, gradients, 1 - s.Beta2);

        Tensor[] denominator = Aten._foreach_sqrt.CallList(s.Amsgrad ? Largest(moments, second) : second);
        Aten._foreach_div__Scalar.Run(denominator, Math.Sqrt(1 - Math.Pow(s.Beta2, t))); // √v̂ + ε
        Aten._foreach_add__Scalar.Run(denominator, s.Epsilon);
        Aten._foreach_addcdiv__Scalar.Run(parameters, first, denominator, -s.Rate / (1 - Math.Pow(s.Beta1, t))); // θ ← θ - η m̂ / (√v̂ + ε)
        foreach (Tensor d in denominator)
        {
            d.Dispose();
        }
    }

    private static Tensor[] Largest(AdamMoments[] moments, Tensor[] second)
    {
        for (int k = 0; k < moments.Length; k++)
        {
            using Tensor larger = moments[k].Largest!.maximum(second[k]);
            _ = moments[k].Largest!.copy_(larger);
        }

        return Array.ConvertAll(moments, m => m.Largest!);
    }

    private AdamMoments MomentsOf(Parameter parameter, bool amsgrad)
    {
        if (!_moments.TryGetValue(parameter, out AdamMoments? moments))
        {
            _moments[parameter] = moments = new AdamMoments(parameter, amsgrad);
        }

        return moments;
    }
}
