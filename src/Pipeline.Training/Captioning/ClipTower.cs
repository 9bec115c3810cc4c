using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Training.Data;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Captioning;

/// <summary>
/// The image tower of a CLIP in the form of BLIP-2's, which has one fused projection for queries, keys and values and no norm in front of its layers. The norm is folded into the
/// embeddings: g (x - mean) / σ(x) + b with one σ for all patches, the mean over pictures of the data; exact for the class token, nearly so for patches. A start for training.
/// </summary>
internal sealed class ClipTower : IDisposable
{
    private const string Prefix = "vision_model.";
    private const string Embeddings = Prefix + "embeddings.";
    private const int Pictures = 32;

    private readonly CheckpointWeights _clip;
    private readonly long _width;
    private readonly double _deviation;

    /// <summary>Opens the CLIP and measures σ.</summary>
    /// <param name="folder">A CLIP in the Hugging Face layout.</param>
    /// <param name="data">Pictures to measure on.</param>
    public ClipTower(string folder, IPictureSet data)
    {
        _clip = CheckpointDirectory.Open(folder, CheckpointDirectory.Transformers);
        _width = _clip.Info(Embeddings + "class_embedding").Shape[0];
        _deviation = Measure(data);
    }

    /// <summary>The value of one of BLIP-2's keys, the caller's; null for keys outside the tower.</summary>
    public Tensor? Take(string name, long[] shape)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor value = name switch
        {
            Embeddings + "class_embedding" => Class(),
            Embeddings + "position_embedding" => Positions(),
            Embeddings + "patch_embedding.weight" => Scaled(Get("embeddings.patch_embedding.weight").reshape(_width, -1).transpose(0, 1)).transpose(0, 1),
            Embeddings + "patch_embedding.bias" => zeros(_width),
            _ when name.Contains(".qkv.", StringComparison.Ordinal) => cat([.. "qkv".Select(p => Get(name[Prefix.Length..].Replace(".qkv.", $".{p}_proj.", StringComparison.Ordinal)))], 0),
            _ => Get(name[Prefix.Length..].Replace(".projection.", ".out_proj.", StringComparison.Ordinal)),
        };
        return value.reshape(shape).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose() => _clip.Dispose();

    private Tensor Get(string name) => _clip.Take(Prefix + name, [.. _clip.Info(Prefix + name).Shape], Init.Zeros);

    /// <summary>g (x - mean) / σ of rows [n, width].</summary>
    private Tensor Scaled(Tensor rows) => (rows - rows.mean([1], true)) / _deviation * Get("pre_layrnorm.weight");

    /// <summary>The class token has no position of its own here: what CLIP's norm makes of both is constant.</summary>
    private Tensor Class()
    {
        Tensor both = Get("embeddings.class_embedding") + Get("embeddings.position_embedding.weight")[0];
        Tensor centred = both - both.mean();
        return (centred / (centred * centred).mean().sqrt() * Get("pre_layrnorm.weight")) + Get("pre_layrnorm.bias");
    }

    private Tensor Positions()
    {
        Tensor all = Get("embeddings.position_embedding.weight");                                           // [1+N, width]
        Tensor patches = Scaled(all.narrow(0, 1, all.shape[0] - 1)) + Get("pre_layrnorm.bias");
        return cat([zeros(1, _width), patches], 0);
    }

    private double Measure(IPictureSet data)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor kernel = Get("embeddings.patch_embedding.weight"), positions = Get("embeddings.position_embedding.weight");
        Tensor pixels = data.Read(0, Pictures).Pixels();
        Tensor patches = nn.functional.conv2d(pixels, kernel, null, [kernel.shape[2], kernel.shape[3]]).flatten(2).transpose(1, 2);
        Tensor tokens = patches + positions.narrow(0, 1, positions.shape[0] - 1);                            // [pictures, N, width]
        Tensor centred = tokens - tokens.mean([-1], true);
        return (centred * centred).mean([-1]).sqrt().mean().ToDouble();
    }
}
