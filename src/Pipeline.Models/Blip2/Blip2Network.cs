using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Linear = Pipeline.Models.Layers.Linear;

namespace Pipeline.Models.Blip2;

/// <summary>
/// BLIP-2 (Li et al. 2023, arXiv 2301.12597): a frozen image tower, the Q-Former, a linear bridge, a frozen language model. This class is the networks
/// alone; <see cref="Blip2Model"/> adds tokenizer, image processor and captions.
/// </summary>
public sealed class Blip2Network : nn.Module
{
    private readonly Blip2VisionModel vision_model;
    private readonly Parameter query_tokens;
    private readonly QFormerModel qformer;
    private readonly Linear language_projection;
    private readonly Blip2LanguageModel language_model;

    /// <summary>Builds all parts from a checkpoint's root.</summary>
    public Blip2Network(WeightSource w, Blip2Config config)
        : base(nameof(Blip2Network))
    {
        Config = config;
        vision_model = new Blip2VisionModel(w.Sub("vision_model"), config.Vision);
        query_tokens = w.Parameter("query_tokens", [1, config.Queries, config.QFormer.Hidden], Init.Normal(0.02));
        qformer = new QFormerModel(w.Sub("qformer"), config.QFormer);
        language_model = config.T5 is { } t5
            ? new T5ForConditionalGeneration(w.Sub("language_model"), t5)
            : new OptForCausalLM(w.Sub("language_model"), config.Opt ?? throw new ArgumentException("The configuration names no language model.", nameof(config)));
        language_projection = new Linear(w.Sub("language_projection"), config.QFormer.Hidden, language_model.Width);
        RegisterComponents();
    }

    /// <summary>Sizes and options.</summary>
    public Blip2Config Config { get; }

    /// <summary>The language model.</summary>
    public Blip2LanguageModel LanguageModel => language_model;

    /// <summary>What the networks compute in.</summary>
    public ScalarType Dtype => query_tokens.dtype;

    /// <summary>Loads a directory with <c>config.json</c> and weights.</summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static Blip2Network Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = Blip2Config.From(ModelConfig.Read(Path.Combine(directory, "config.json")));
        using var weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        var model = new Blip2Network(weights, config);
        model.eval();
        return model;
    }

    /// <summary>
    /// What the language model sees of pictures [B, 3, S, S]: [B, Q, language width], the caller's. Records <c>vision.hidden.i</c>, <c>vision.last</c>,
    /// <c>vision.pooled</c>, <c>qformer.hidden.i</c>, <c>qformer.cross.i</c>.
    /// </summary>
    public Tensor Look(Tensor pixels, ActivationProbe? probe = null)
    {
        using var scope = NewDisposeScope();
        ProbeScope taps = probe;
        var image = vision_model.Forward(pixels, taps.Sub("vision"));                       // [B, 1+N, vision width]
        taps.Sub("vision").Record("last", image);
        return language_projection.forward(qformer.Forward(query_tokens, image, taps.Sub("qformer"))).MoveToOuterDisposeScope();
    }
}
