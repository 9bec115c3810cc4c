using System.Text.Json;
using Pipeline.Imaging;
using Pipeline.Models.Generation;
using Pipeline.Models.LlavaNext;
using Pipeline.Models.Preprocessing;
using Pipeline.Models.Probing;
using Pipeline.Models.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>
/// LLaVA-NeXT picture by picture (suffix <c>_0</c>, <c>_1</c>, …): tower, projector, packing, merged sequence, decoder, greedy text with its logits and
/// attention rows.
/// </summary>
internal sealed class LlavaNextParity : IParityRunner
{
    public string Kind => "llava_next";

    public bool Recognises(ParityCase reference) => ModelCase.Kind(reference) == "llava_next" && reference.HasInput("pixel_values_0");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using DisposeScope scope = NewDisposeScope();
        using LlavaNextModel model = LlavaNextModel.Load(reference.Directory);
        ITokenizer tokenizer = TokenizerLoader.Load(reference.Directory);
        List<TensorComparison> rows = [];
        for (int i = 0; reference.HasInput($"pixel_values_{i}"); i++)
        {
            rows.AddRange(Preparation(reference, i, tokenizer));
            using DisposeScope one = NewDisposeScope();
            using IDisposable guard = inference_mode();
            rows.AddRange(ModelCase.Compare(reference, Network(reference, model.Network, i).Select(r => ($"{r.Name}_{i}", r.Actual))));
            rows.AddRange(Generation(reference, model, i, tokenizer));
        }

        return rows;
    }

    private static IEnumerable<TensorComparison> Preparation(ParityCase reference, int i, ITokenizer tokenizer)
    {
        JsonElement? about = About(reference, i);
        if (about?.TryGetProperty("prompt", out JsonElement prompt) == true)
        {
            foreach (TensorComparison row in ModelCase.CompareTokens(
                reference, $"input_ids_{i}", $"attention_mask_{i}", [prompt.GetString() ?? ""], tokenizer.Encode))
            {
                yield return row;
            }
        }

        if (reference.HasFile($"image{i}.png"))
        {
            RgbImage image = ImageCodec.Default.DecodeFile(reference.PathOf($"image{i}.png"));
            LlavaNextPixels pixels = LlavaNextImageProcessor.FromDirectory(reference.Directory).ComputeTiles(image);
            yield return ModelCase.CompareInput(reference, $"pixel_values_{i}", pixels.Tiles);
            yield return TensorComparison.EqualLists($"own image_sizes_{i}", Ints(reference, $"image_sizes_{i}"), [pixels.Height, pixels.Width]);
        }
    }

    private static IEnumerable<(string Name, Tensor Actual)> Network(ParityCase reference, LlavaNextNetwork network, int i)
    {
        (Tensor tiles, int height, int width) = Picture(reference, i);
        using ActivationProbe probe = new(_ => true);
        Tensor projected = network.TileFeatures(tiles, probe);
        yield return ("vision_selected", probe["vision_selected"]);
        yield return ("projected", projected);
        Tensor packed = network.Pack(projected, height, width);
        yield return ("image_features", packed.unsqueeze(0));
        Tensor merged = network.Merge(Ints(reference, $"input_ids_{i}"), packed);
        yield return ("inputs_embeds", merged);
        Tensor last = network.Decoder.Forward(merged, probe: probe);
        yield return ("hidden_last", last);
        for (int layer = 0; layer < network.Config.Text.Layers; layer++)
        {
            yield return ($"hidden_{layer}", probe[$"hidden.{layer}"]);
        }

        yield return ("logits", network.Decoder.Logits(last));
    }

    private static IEnumerable<TensorComparison> Generation(ParityCase reference, LlavaNextModel model, int i, ITokenizer tokenizer)
    {
        if (!reference.Expects($"generated_tokens_{i}"))
        {
            yield break;
        }

        (Tensor tiles, int height, int width) = Picture(reference, i);
        using LlavaNextSession session = model.Look(tiles, height, width);
        using LogitsRecorder logits = new();
        using AttentionRowRecorder attention = new() { Layers = model.Network.Config.Text.Layers };
        int steps = (int)reference.Expected!.Info($"generated_tokens_{i}").Shape[^1];
        GenerationOptions options = new() { MaxNewTokens = steps, StopTokens = new HashSet<int>() };
        IReadOnlyList<int> written = session.Continue(Ints(reference, $"input_ids_{i}"), options, attention, logits);

        List<(string, Tensor)> results =
        [
            ($"generated_tokens_{i}", ModelCase.Sequences([written], null, 0)),
            ($"step_logits_{i}", logits.All().squeeze(0)),
            ($"prefill_attention_last_query_{i}", Row(attention, 0)),
            .. Enumerable.Range(0, steps).Select(step => ($"step{step}_attention_{i}", Row(attention, step))),
        ];
        foreach (TensorComparison row in ModelCase.Compare(reference, results))
        {
            yield return row;
        }

        if (About(reference, i)?.TryGetProperty("generated_text", out JsonElement text) == true)
        {
            yield return TensorComparison.Equal($"own text_{i}", text.GetString(), tokenizer.Decode(written));
        }
    }

    /// <summary>[layers, 1, heads, 1, keys] of a step → [layers, heads, keys].</summary>
    private static Tensor Row(AttentionRowRecorder attention, int step) => attention.Passes[step].squeeze(3).squeeze(1);

    private static (Tensor Tiles, int Height, int Width) Picture(ParityCase reference, int i)
    {
        int[] size = Ints(reference, $"image_sizes_{i}");
        return (reference.Input($"pixel_values_{i}").squeeze(0), size[0], size[1]);
    }

    private static int[] Ints(ParityCase reference, string name) => [.. reference.Inputs!.ReadDoubles(name).Select(v => (int)v)];

    private static JsonElement? About(ParityCase reference, int i) =>
        reference.Meta.TryGetProperty("images", out JsonElement images) && images.ValueKind == JsonValueKind.Array && i < images.GetArrayLength() ? images[i] : null;
}
