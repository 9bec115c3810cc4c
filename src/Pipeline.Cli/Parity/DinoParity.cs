using Pipeline.Models.Dino;
using Pipeline.Models.Probing;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>
/// A DINO vision transformer: inputs <c>pixel_values_SIZE</c>, results <c>SIZE_RULE_…</c> where RULE is <c>native</c> or a rule of position interpolation.
/// </summary>
internal sealed class DinoParity : IParityRunner
{
    private const string Input = "pixel_values_";

    public string Kind => "dino";

    public bool Recognises(ParityCase reference) =>
        ModelCase.Kind(reference) == "vit" && reference.Inputs is { } inputs && inputs.Names.Any(n => n.StartsWith(Input, StringComparison.Ordinal));

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ViTModel model = ViTModel.Load(reference.Directory);
        List<TensorComparison> rows = [];
        foreach (string input in reference.Inputs!.Names.Where(n => n.StartsWith(Input, StringComparison.Ordinal)))
        {
            foreach ((string name, PositionInterpolation rule) in new[]
            {
                ("native", PositionInterpolation.Offset01), ("offset01", PositionInterpolation.Offset01), ("size", PositionInterpolation.Size),
            })
            {
                string prefix = $"{input[Input.Length..]}_{name}_";
                if (reference.Expected!.Names.Any(n => n.StartsWith(prefix, StringComparison.Ordinal)))
                {
                    rows.AddRange(ModelCase.Compare(reference, Results(model, reference.Input(input), rule).Select(r => (prefix + r.Name, r.Actual))));
                }
            }
        }

        return rows;
    }

    private static IEnumerable<(string Name, Tensor Actual)> Results(ViTModel model, Tensor pixels, PositionInterpolation rule)
    {
        using ActivationProbe probe = new(_ => true);
        yield return ("last_hidden_state", model.Forward(pixels, rule, probe));
        yield return ("embeddings", probe["embeddings"]);
        yield return ("cls_attention_last", probe[$"attention.{model.Config.Layers - 1}"].narrow(2, 0, 1).squeeze(2)); // [B, heads, T]
        for (int layer = 0; layer < model.Config.Layers; layer++)
        {
            yield return ($"keys_layer{layer}", model.Keys(pixels, layer, rule));
        }

        Tensor similarity = KeySelfSimilarity.Of(model.Keys(pixels, -1, rule));
        yield return ("keys_self_similarity", similarity);
        for (int other = 1; other < pixels.shape[0]; other++)
        {
            using Tensor distance = KeySelfSimilarity.Distance(similarity.narrow(0, 0, 1), similarity.narrow(0, other, 1));
            yield return ($"structure_distance_0_{other}", distance.reshape(1));
        }
    }
}
