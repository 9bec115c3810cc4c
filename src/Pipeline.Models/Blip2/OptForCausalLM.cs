using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>OPT with its tied head, as BLIP-2's language model.</summary>
public sealed class OptForCausalLM : Blip2LanguageModel
{
    private readonly OptModel model;

    /// <summary>Builds the decoder from weights named <c>model.decoder.*</c>; a stored copy of the head is not needed.</summary>
    public OptForCausalLM(WeightSource w, OptConfig config)
        : base(nameof(OptForCausalLM))
    {
        Config = config;
        model = new OptModel(w.Sub("model"), config);
        RegisterComponents();
    }

    /// <summary>Sizes.</summary>
    public OptConfig Config { get; }

    /// <inheritdoc/>
    public override int Width => Config.Hidden;

    /// <inheritdoc/>
    public override int StartToken => Config.StartToken;

    /// <inheritdoc/>
    public override int OutputStartToken => Config.StartToken;

    /// <inheritdoc/>
    public override bool PadsLeft => true;

    /// <inheritdoc/>
    public override IDecodingState Begin(Tensor image, Tensor ids, Tensor mask, int maxNewTokens)
    {
        using var scope = NewDisposeScope();
        var prompt = cat([image, model.decoder.embed_tokens.forward(ids)], 1);                      // [B, Q + n, width]
        return new OptDecodingState(this, prompt, WholeMask(image, mask), prompt.shape[1] + maxNewTokens);
    }

    /// <inheritdoc/>
    public override Tensor Logits(Tensor image, Tensor ids, Tensor mask, Tensor? targets, ActivationProbe? probe)
    {
        using var scope = NewDisposeScope();
        var prompt = cat([image, model.decoder.embed_tokens.forward(ids)], 1);
        return Head(model.decoder.Forward(prompt, WholeMask(image, mask), null, probe)).MoveToOuterDisposeScope();
    }

    internal Tensor Embed(Tensor ids) => model.decoder.embed_tokens.forward(ids);

    /// <summary>Raw logits [B, vocabulary] behind new embeddings [B, L, width].</summary>
    internal Tensor LastLogits(Tensor embeddings, Tensor padding, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        var state = model.decoder.Forward(embeddings, padding, cache, default);
        return Head(state.narrow(1, state.shape[1] - 1, 1)).squeeze(1).MoveToOuterDisposeScope();
    }

    private Tensor Head(Tensor state)
    {
        using var logits = ProductPrecision.Linear(state, model.decoder.embed_tokens.weight, null);
        return logits.to(ScalarType.Float32);
    }
}
