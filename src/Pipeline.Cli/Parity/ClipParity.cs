using Pipeline.Models.Clip;
using Pipeline.Models.Preprocessing;
using Pipeline.Models.Probing;
using Pipeline.Models.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>A whole CLIP: both towers, both poolings, embeddings and logits, with its tokenizer and image processor.</summary>
internal sealed class ClipParity : IParityRunner
{
    public string Kind => "clip";

    public bool Recognises(ParityCase reference) =>
        ModelCase.Kind(reference) == "clip" && reference.HasInput("input_ids") && reference.HasInput("pixel_values");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        List<TensorComparison> rows = [.. Preparation(reference)];
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ClipModel model = ClipModel.Load(reference.Directory);
        rows.AddRange(ModelCase.Compare(reference, Towers(reference, model)));
        rows.AddRange(ModelCase.Compare(reference, Embeddings(reference, model)));
        return rows;
    }

    private static IEnumerable<TensorComparison> Preparation(ParityCase reference)
    {
        if (reference.HasFile("preprocessor_config.json") && ModelCase.Pictures(reference) is { Count: > 0 } pictures)
        {
            ClipImageProcessor processor = ClipImageProcessor.FromDirectory(reference.Directory);
            PixelValues[] pixels = [.. pictures.Select(processor.Compute)];
            long[] shape = [pixels.Length, .. pixels[0].Shape.Skip(1)];
            yield return ModelCase.CompareInput(reference, "pixel_values", new PixelValues([.. pixels.SelectMany(p => p.Values)], shape));
        }

        if (ModelCase.Texts(reference, "texts") is { Count: > 0 } texts)
        {
            ClipTokenizer tokenizer = TokenizerLoader.LoadClip(reference.Directory);
            foreach (TensorComparison row in ModelCase.CompareTokens(reference, "input_ids", "attention_mask", texts, tokenizer.Encode))
            {
                yield return row;
            }
        }
    }

    private static IEnumerable<(string Name, Tensor Actual)> Towers(ParityCase reference, ClipModel model)
    {
        using ActivationProbe text = new(_ => true);
        ClipTextOutput words = model.ForwardText(reference.Input("input_ids"), reference.Input("attention_mask"), text);
        using ActivationProbe vision = new(_ => true);
        ClipVisionOutput picture = model.ForwardImage(reference.Input("pixel_values"), vision);
        yield return ("text_last_hidden_state", words.LastHiddenState);
        yield return ("text_pooler_output", words.Pooled);
        yield return ("text_penultimate", words.Penultimate);
        yield return ("vision_last_hidden_state", picture.LastHiddenState);
        yield return ("vision_pooler_output", picture.Pooled);
        yield return ("vision_penultimate", picture.Penultimate);
        foreach ((string tower, ActivationProbe probe, int layers) in new[]
        {
            ("text", text, model.Config.Text.Tower.Layers), ("vision", vision, model.Config.Vision.Tower.Layers),
        })
        {
            yield return ($"{tower}_attention_last", probe[$"attention.{layers - 1}"]);
            for (int i = 0; i <= layers; i++)
            {
                yield return ($"{tower}_hidden_{i}", probe[$"hidden.{i}"]);
                if (i < layers)
                {
                    yield return ($"{tower}_attention_layer{i}", probe[$"attention.{i}"]);
                }
            }
        }
    }

    private static IEnumerable<(string Name, Tensor Actual)> Embeddings(ParityCase reference, ClipModel model)
    {
        Tensor texts = model.EmbedText(reference.Input("input_ids"), reference.Input("attention_mask"));
        Tensor images = model.EmbedImage(reference.Input("pixel_values"));
        Tensor logits = model.LogitsPerImage(images, texts);
        yield return ("text_embeds", texts);
        yield return ("image_embeds", images);
        yield return ("logits_per_image", logits);
        yield return ("logits_per_text", logits.transpose(0, 1));
        yield return ("image_features_unnormalised", model.ProjectImage(model.ForwardImage(reference.Input("pixel_values")).Pooled));
        if (reference.HasInput("input_ids_77"))
        {
            ClipTextOutput unmasked = model.ForwardText(reference.Input("input_ids_77"), null);
            yield return ("nomask77_last_hidden_state", unmasked.LastHiddenState);
            yield return ("nomask77_pooler_output", unmasked.Pooled);
            yield return ("nomask77_text_features_unnormalised", model.ProjectText(unmasked.Pooled));
        }
    }
}
