namespace Pipeline.Diffusion.StyleDiffusion;

/// <summary>Looks on while mapping networks are trained: for progress, analyses and comparisons.</summary>
public interface IValuePathObserver
{
    /// <summary>The gradients of an optimisation step are there, the parameters have not moved yet.</summary>
    void OnGradient(int step, int inner, MappingNetwork network)
    {
    }

    /// <summary>The parameters have moved.</summary>
    void OnInnerStep(int step, int inner, MappingNetwork network, ValuePathLoss loss)
    {
    }
}
