using Pipeline.Diffusion;
using Pipeline.Diffusion.Inversion;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using static TorchSharp.torch;

namespace Pipeline.Methods.Moodifier;

/// <summary>The inversion that the options name, over one model and one picture's texts.</summary>
internal sealed class MoodifierInversion
{
    private readonly CountingPredictor counted;
    private readonly IInversion inversion;
    private readonly Tensor source;
    private readonly string digest;

    /// <param name="options">Checked options.</param>
    /// <param name="model">The model.</param>
    /// <param name="source">Text states of P_src; belong to the caller.</param>
    /// <param name="empty">Text states of the empty prompt; belong to the caller; null for virtual inversion.</param>
    /// <param name="digest">Digest of the picture.</param>
    /// <param name="imageTokens">CLIP's tokens of the picture [1, N, X], asked for where the inversion computes with them; the caller's scope holds them. Null where there is no CLIP.</param>
    /// <exception cref="EditException">The inversion does not suit the options.</exception>
    public MoodifierInversion(MoodifierOptions options, IDiffusionModel model, Tensor source, Tensor? empty, string digest, Func<Tensor>? imageTokens)
    {
        (this.source, this.digest) = (source, digest);
        counted = new CountingPredictor(model.Noise);
        Factory = Inversions.Get(options.Inversion);
        var context = new InversionContext(counted, model.Schedule, options.TimestepPlan)
        {
            GuidanceSource = options.GuidanceSource, EmptyContext = empty, Eta = options.Eta, StartFromNoise = options.StartFromNoise,
            ImageTokens = Factory.Traits.ReadsImageTokens ? imageTokens?.Invoke().to(model.Device) : null,
        };
        try
        {
            inversion = Factory.Create(MoodifierParams.Element(options.InversionParams), context);
        }
        catch (DiffusionException e)
        {
            throw EditException.Options(e.Message);
        }
    }

    /// <summary>What is known of the inversion.</summary>
    public IInversionFactory Factory { get; }

    /// <summary>Sample-forwards of the model in <see cref="Compute"/> so far.</summary>
    public long SampleForwards => counted.SampleForwards;

    /// <summary>Inverts z_0 [1, C, h, w]; owned by the caller.</summary>
    public InversionArtefact Compute(Tensor latent, CancellationToken cancellation)
    {
        try
        {
            InversionArtefact artefact = inversion.Compute(latent, source, Noise(0), cancellation);
            artefact.RoundToHalf(DdimInversion.PathName); // as it is kept, so that an edit right after equals one from the store
            return artefact;
        }
        catch (DiffusionException e)
        {
            throw EditException.Options(e.Message);
        }
    }

    /// <summary>The trajectory of an edit with a seed; owned by the caller.</summary>
    public ISourceTrajectory Restore(Tensor latent, long seed, InversionArtefact artefact)
    {
        try
        {
            return inversion.Restore(latent, source, Noise(seed), artefact);
        }
        catch (DiffusionException e)
        {
            throw EditException.Request(e.Message);
        }
    }

    // What the model computed of a picture serves edits of every seed, so its noise is the picture's own.
    private NoiseSource Noise(long seed) => new(Factory.Traits.SharedNoise ? seed : 0, digest);
}
