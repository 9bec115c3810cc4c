using static TorchSharp.torch;

namespace Pipeline.Diffusion.Inversion;

/// <summary>
/// What an inversion has to compute of a picture before any edit, as named tensors: the path of latents, learned embeddings, weights of mapping networks. It depends on picture, source prompt, model and
/// the inversion's parameters only, so it can be kept and used for every edit of the picture. Owns its tensors.
/// </summary>
public sealed class InversionArtefact : IDisposable
{
    private readonly Dictionary<string, Tensor> tensors = new(StringComparer.Ordinal);

    /// <summary>Takes the tensors over: they leave the current dispose scope and are freed with the artefact.</summary>
    public InversionArtefact(params IEnumerable<(string Name, Tensor Value)> tensors)
    {
        foreach ((string name, Tensor value) in tensors)
        {
            this.tensors.Add(name, value.DetachFromDisposeScope());
        }
    }

    /// <summary>The names, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. tensors.Keys.Order(StringComparer.Ordinal)];

    /// <summary>A tensor; it belongs to the artefact.</summary>
    /// <exception cref="DiffusionException">The artefact has none of this name: it was made by another inversion.</exception>
    public Tensor this[string name] => tensors.TryGetValue(name, out Tensor? value)
        ? value
        : throw new DiffusionException($"the inversion's stored result has no '{name}' (it has {string.Join(", ", Names)}): it was made by another inversion; delete it and invert again");

    /// <summary>Rounds a tensor to what half precision holds, so that it can be kept in half the bytes and read back bit for bit; nothing happens where there is none of this name.</summary>
    public void RoundToHalf(string name)
    {
        if (tensors.TryGetValue(name, out Tensor? exact))
        {
            using Tensor half = exact.to(ScalarType.Float16);
            tensors[name] = half.to(exact.dtype).DetachFromDisposeScope();
            exact.Dispose();
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Tensor value in tensors.Values)
        {
            value.Dispose();
        }

        tensors.Clear();
    }
}
