using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using Pipeline.Models.Probing;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>T5 (Raffel et al. 2019, arXiv 1910.10683), usually flan-T5, as BLIP-2's language model: the encoder reads image and prompt, the decoder writes.</summary>
public sealed class T5ForConditionalGeneration : Blip2LanguageModel
{
    private readonly Embedding shared;
    private readonly T5Stack encoder;
    private readonly T5Stack decoder;
    private readonly Linear? lm_head;

    /// <summary>Builds both stacks from weights named <c>shared.*</c>, <c>encoder.*</c>, <c>decoder.*</c>, <c>lm_head.*</c>.</summary>
    /// <exception cref="ModelFormatException">The weights are wanted in fp16, in which T5's feed-forward overflows.</exception>
    public T5ForConditionalGeneration(WeightSource w, T5Config config)
        : base(nameof(T5ForConditionalGeneration))
    {
        if (w.Dtype == ScalarType.Float16)
        {
            throw new ModelFormatException("T5 overflows in fp16. Load it in bf16 or fp32.");
        }

        Config = config;
        shared = new Embedding(w.Sub("shared"), config.Vocabulary, config.Width);
        encoder = new T5Stack(w.Sub("encoder"), config, isDecoder: false);
        decoder = new T5Stack(w.Sub("decoder"), config, isDecoder: true);
        lm_head = config.TiedHead ? null : new Linear(w.Sub("lm_head"), config.Width, config.Vocabulary, bias: false);
        RegisterComponents();
    }

    /// <summary>Sizes and options.</summary>
    public T5Config Config { get; }

    /// <inheritdoc/>
    public override int Width => Config.Width;

    /// <inheritdoc/>
    public override int StartToken => Config.StartToken;

    /// <inheritdoc/>
    public override int OutputStartToken => Config.DecoderStartToken;

    /// <inheritdoc/>
    public override bool PadsLeft => false;

    /// <inheritdoc/>
    public override IDecodingState Begin(Tensor image, Tensor ids, Tensor mask, int maxNewTokens)
    {
        using var scope = NewDisposeScope();
        var padding = WholeMask(image, mask);
        return new T5DecodingState(this, decoder.View(Encode(image, ids, padding, default), padding), checked((int)image.shape[0]), image.device, maxNewTokens);
    }

    /// <inheritdoc/>
    /// <remarks>Records <c>encoder.last</c>, <c>encoder.attention.i</c>, <c>decoder.attention.i</c>, <c>decoder.cross.i</c>.</remarks>
    public override Tensor Logits(Tensor image, Tensor ids, Tensor mask, Tensor? targets, ActivationProbe? probe)
    {
        ArgumentNullException.ThrowIfNull(targets);
        using var scope = NewDisposeScope();
        ProbeScope taps = probe;
        var padding = WholeMask(image, mask);
        using var view = decoder.View(Encode(image, ids, padding, taps.Sub("encoder")), padding);
        return Head(decoder.Decode(shared.forward(targets), view, null, taps.Sub("decoder"))).MoveToOuterDisposeScope();
    }

    /// <summary>Raw logits [B, vocabulary] behind one more token a row, ids [B, 1].</summary>
    internal Tensor LastLogits(Tensor ids, T5EncoderView encoded, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        return Head(decoder.Decode(shared.forward(ids), encoded, cache, default)).squeeze(1).MoveToOuterDisposeScope();
    }

    private Tensor Encode(Tensor image, Tensor ids, Tensor padding, ProbeScope probe)
    {
        using var scope = NewDisposeScope();
        var states = encoder.Encode(cat([image, shared.forward(ids)], 1), padding, probe);          // [B, Q + n, width]
        probe.Record("last", states);
        return states.MoveToOuterDisposeScope();
    }

    private Tensor Head(Tensor state)
    {
        using var scope = NewDisposeScope();
        var logits = lm_head is null
            ? ProductPrecision.Linear(state * (1.0 / Math.Sqrt(Config.Width)), shared.weight, null)
            : lm_head.forward(state);
        return logits.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}
