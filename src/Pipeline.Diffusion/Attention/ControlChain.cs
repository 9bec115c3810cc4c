using Pipeline.Models.Attention;
using static TorchSharp.torch;

namespace Pipeline.Diffusion.Attention;

/// <summary>
/// Several controls as one: each sees what the one before it returned. Put readers (such as <see cref="CrossMapAccumulator"/>) last to see the edited maps, first to see the
/// model's own. Ownership of tensors follows <see cref="IAttentionControl"/>.
/// </summary>
public sealed class ControlChain(params IEnumerable<IAttentionControl> controls) : IAttentionControl
{
    private readonly IAttentionControl[] controls = [.. controls];

    /// <summary>The controls in order.</summary>
    public IReadOnlyList<IAttentionControl> Controls => controls;

    /// <inheritdoc />
    public bool WantsSelfQkv(in AttentionCall call)
    {
        foreach (IAttentionControl control in controls)
        {
            if (control.WantsSelfQkv(call))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc />
    public (Tensor Query, Tensor Key, Tensor Value) OnSelfQkv(in AttentionCall call, Tensor query, Tensor key, Tensor value)
    {
        foreach (IAttentionControl control in controls)
        {
            if (control.WantsSelfQkv(call))
            {
                (query, key, value) = control.OnSelfQkv(call, query, key, value);
            }
        }

        return (query, key, value);
    }

    /// <inheritdoc />
    public bool WantsSelfMap(in AttentionCall call)
    {
        foreach (IAttentionControl control in controls)
        {
            if (control.WantsSelfMap(call))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc />
    public Tensor OnSelfMap(in AttentionCall call, Tensor map)
    {
        foreach (IAttentionControl control in controls)
        {
            map = control.WantsSelfMap(call) ? control.OnSelfMap(call, map) : map;
        }

        return map;
    }

    /// <inheritdoc />
    public bool WantsValueContext(in AttentionCall call)
    {
        foreach (IAttentionControl control in controls)
        {
            if (control.WantsValueContext(call))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc />
    public Tensor OnValueContext(in AttentionCall call, Tensor context)
    {
        foreach (IAttentionControl control in controls)
        {
            context = control.WantsValueContext(call) ? control.OnValueContext(call, context) : context;
        }

        return context;
    }

    /// <inheritdoc />
    public bool WantsCrossMap(in AttentionCall call)
    {
        foreach (IAttentionControl control in controls)
        {
            if (control.WantsCrossMap(call))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc />
    public Tensor OnCrossMap(in AttentionCall call, Tensor map)
    {
        foreach (IAttentionControl control in controls)
        {
            map = control.WantsCrossMap(call) ? control.OnCrossMap(call, map) : map;
        }

        return map;
    }

    /// <inheritdoc />
    public bool WantsResidual(string block, int step) => Array.Exists(controls, c => c.WantsResidual(block, step));

    /// <inheritdoc />
    public Tensor OnResidual(string block, int step, Tensor hidden)
    {
        foreach (IAttentionControl control in controls)
        {
            hidden = control.WantsResidual(block, step) ? control.OnResidual(block, step, hidden) : hidden;
        }

        return hidden;
    }
}
