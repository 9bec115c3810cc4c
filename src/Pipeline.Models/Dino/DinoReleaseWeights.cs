using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.Dino;

/// <summary>
/// Weights of the original DINO release under the library's names: <c>blocks.L.norm1</c> for <c>encoder.layer.L.layernorm_before</c> and so on. The
/// release keeps query, key and value as thirds of one matrix, in this order.
/// </summary>
internal sealed class DinoReleaseWeights(WeightSource release, VitConfig config) : WeightSource
{
    private static readonly (string Library, string Release)[] Names =
    [
        ("embeddings.cls_token", "cls_token"),
        ("embeddings.position_embeddings", "pos_embed"),
        ("embeddings.patch_embeddings.projection.", "patch_embed.proj."),
        ("layernorm.", "norm."),
    ];

    private static readonly (string Library, string Release)[] LayerNames =
    [
        ("layernorm_before.", "norm1."),
        ("layernorm_after.", "norm2."),
        ("attention.output.dense.", "attn.proj."),
        ("intermediate.dense.", "mlp.fc1."),
        ("output.dense.", "mlp.fc2."),
    ];

    private static readonly string[] Thirds = ["query", "key", "value"];

    public override Device Device => release.Device;

    public override ScalarType Dtype => release.Dtype;

    public override bool Trainable => release.Trainable;

    public override bool Has(string name) => Locate(name) is var (stored, _) && release.Has(stored);

    public override Tensor Take(string name, long[] shape, Init init)
    {
        var (stored, third) = Locate(name);
        if (third is not { } index)
        {
            return release.Take(stored, shape, init);
        }

        long[] fusedShape = [3L * config.Hidden, .. shape.Skip(1)];
        using var scope = NewDisposeScope();
        var fused = release.Take(stored, fusedShape, init);
        return fused.narrow(0, index * (long)config.Hidden, config.Hidden).clone().MoveToOuterDisposeScope();
    }

    private static (string Stored, int? Third) Locate(string name)
    {
        const string Layer = "encoder.layer.";
        if (!name.StartsWith(Layer, StringComparison.Ordinal))
        {
            return (Renamed(name, Names), null);
        }

        var dot = name.IndexOf('.', Layer.Length);
        var block = $"blocks.{name[Layer.Length..dot]}.";
        var rest = name[(dot + 1)..];
        for (var third = 0; third < Thirds.Length; third++)
        {
            var prefix = $"attention.attention.{Thirds[third]}.";
            if (rest.StartsWith(prefix, StringComparison.Ordinal))
            {
                return ($"{block}attn.qkv.{rest[prefix.Length..]}", third);
            }
        }

        return (block + Renamed(rest, LayerNames), null);
    }

    private static string Renamed(string name, (string Library, string Release)[] table)
    {
        foreach (var (library, stored) in table)
        {
            if (name.StartsWith(library, StringComparison.Ordinal))
            {
                return stored + name[library.Length..];
            }
        }

        return name;
    }
}
