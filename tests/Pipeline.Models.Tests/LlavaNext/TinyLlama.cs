using Pipeline.Models.Layers;
using Pipeline.Models.LlavaNext;
using TorchSharp;

namespace Pipeline.Models.Tests.LlavaNext;

/// <summary>Decoders small enough for exact comparisons, with no parameter at a trivial value.</summary>
internal static class TinyLlama
{
    public static LlamaConfig Config(int heads = 4, int keyValueHeads = 2, int? window = null, int layers = 3) => new()
    {
        Kind = "mistral",
        Vocabulary = 40,
        Hidden = 24,
        Intermediate = 32,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = keyValueHeads,
        HeadWidth = 6,
        Epsilon = 1e-5,
        RotaryBase = 1000,
        SlidingWindow = window,
    };

    public static LlamaForCausalLM Model(LlamaConfig config, long seed = 3) => new(new RandomWeights(seed, nonTrivial: true), config);

    /// <summary>Arbitrary token ids.</summary>
    public static int[] Tokens(int count, int seed = 1) => [.. Enumerable.Range(0, count).Select(i => ((i * 7) + (i * i * seed)) % 40)];

    /// <summary>Logits of every position in one pass without a cache, [1, n, vocabulary].</summary>
    public static torch.Tensor AllLogits(LlamaForCausalLM model, params int[] tokens) => model.Logits(model.Forward(model.Embed(Tensors.Ids(tokens))));
}
