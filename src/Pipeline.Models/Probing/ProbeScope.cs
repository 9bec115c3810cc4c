using static TorchSharp.torch;

namespace Pipeline.Models.Probing;

/// <summary>A probe seen from inside a part of a model: the same probe with a prefix in front of every name. The default value wants nothing.</summary>
public readonly record struct ProbeScope(ActivationProbe? Probe, string Prefix)
{
    /// <summary>A probe without a prefix.</summary>
    public static implicit operator ProbeScope(ActivationProbe? probe) => new(probe, "");

    /// <summary>The scope of a part.</summary>
    public ProbeScope Sub(string part) => Probe is null ? default : new ProbeScope(Probe, Prefix + part + ".");

    /// <summary>Whether <c>kind.index</c> is wanted.</summary>
    public bool Wants(string kind, int index) => Probe is not null && Probe.Wants($"{Prefix}{kind}.{index}");

    /// <summary>Whether <paramref name="name"/> is wanted.</summary>
    public bool Wants(string name) => Probe is not null && Probe.Wants(Prefix + name);

    /// <summary>Records <c>kind.index</c> if it is wanted; see <see cref="ActivationProbe.Record"/>.</summary>
    public void Record(string kind, int index, Tensor value)
    {
        if (Wants(kind, index))
        {
            Probe!.Record($"{Prefix}{kind}.{index}", value);
        }
    }

    /// <summary>Records <paramref name="name"/> if it is wanted.</summary>
    public void Record(string name, Tensor value)
    {
        if (Wants(name))
        {
            Probe!.Record(Prefix + name, value);
        }
    }
}
