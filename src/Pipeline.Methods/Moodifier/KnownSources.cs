using Pipeline.Diffusion.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Methods.Moodifier;

/// <summary>What the model predicted for the source branch of the last picture, by source prompt and seed: further batches and further edits of the picture use it. Frees its tensors when another picture comes.</summary>
internal sealed class KnownSources : IDisposable
{
    private const int MostSeeds = 16;
    private readonly Dictionary<(string Prompt, long Seed), SourcePredictions> known = [];
    private Tensor? picture; // z_0 [1, C, h, w]

    /// <summary>The predictions of a picture's source; may be empty. Belong to this object.</summary>
    /// <param name="latent">z_0 [1, C, h, w].</param>
    /// <param name="prompt">P_src.</param>
    /// <param name="seed">Seed of the group.</param>
    public SourcePredictions Of(Tensor latent, string prompt, long seed)
    {
        if (picture is null || !picture.shape.SequenceEqual(latent.shape) || !picture.eq(latent).all().ToBoolean())
        {
            Dispose();
            picture = latent.detach().clone().DetachFromDisposeScope();
        }

        if (!known.TryGetValue((prompt, seed), out SourcePredictions? predictions))
        {
            if (known.Count == MostSeeds)
            {
                Forget();
            }

            known[(prompt, seed)] = predictions = new SourcePredictions();
        }

        return predictions;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Forget();
        picture?.Dispose();
        picture = null;
    }

    private void Forget()
    {
        foreach (SourcePredictions predictions in known.Values)
        {
            predictions.Dispose();
        }

        known.Clear();
    }
}
