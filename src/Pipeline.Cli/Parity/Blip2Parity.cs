using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Models.Blip2;
using Pipeline.Models.Preprocessing;
using Pipeline.Models.Probing;
using Pipeline.Models.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>BLIP-2 with OPT or T5: image tower, Q-Former, language model; captions and answers, greedy and by beam search.</summary>
internal sealed partial class Blip2Parity : IParityRunner
{
    private const string EndToken = "eos_for_caption_tokens_with_eos";

    private static readonly HashSet<int> s_none = [];

    public string Kind => "blip2";

    public bool Recognises(ParityCase reference) => ModelCase.Kind(reference) == "blip-2" && reference.HasInput("pixel_values");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        List<TensorComparison> rows = [.. Preparation(reference)];
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = inference_mode();
        using Blip2Model model = Blip2Model.Load(reference.Directory);
        rows.AddRange(ModelCase.Compare(reference, [.. Image(reference, model.Network), .. Language(reference, model.Network)]));
        rows.AddRange(ModelCase.Compare(reference, Texts(reference, model)));
        return rows;
    }

    private static IEnumerable<TensorComparison> Preparation(ParityCase reference)
    {
        if (reference.HasFile("preprocessor_config.json") && ModelCase.Pictures(reference) is { Count: > 0 } pictures)
        {
            BlipImageProcessor processor = BlipImageProcessor.FromDirectory(reference.Directory);
            PixelValues[] pixels = [.. pictures.Select(processor.Compute)];
            long[] shape = [pixels.Length, .. pixels[0].Shape.Skip(1)];
            yield return ModelCase.CompareInput(reference, "pixel_values", new PixelValues([.. pixels.SelectMany(p => p.Values)], shape));
        }

        ITokenizer tokenizer = TokenizerLoader.Load(reference.Directory);
        foreach (TensorComparison row in ModelCase.CompareTokens(
            reference, "input_ids", "attention_mask", ModelCase.Texts(reference, "prompts"), tokenizer.Encode))
        {
            yield return row;
        }
    }

    private static IEnumerable<(string Name, Tensor Actual)> Image(ParityCase reference, Blip2Network network)
    {
        using ActivationProbe probe = new(_ => true);
        yield return ("language_projection", network.Look(reference.Input("pixel_values"), probe));
        yield return ("vision_last_hidden_state", probe["vision.last"].alias());
        yield return ("vision_pooler_output", probe["vision.pooled"].alias());
        int depth = network.Config.QFormer.Layers;
        yield return ("qformer_last_hidden_state", probe[$"qformer.hidden.{depth}"].alias());
        for (int i = 0; i <= depth; i++)
        {
            yield return ($"qformer_layer{i}", probe[$"qformer.hidden.{i}"].alias());
        }

        foreach (string name in probe.Names.Where(n => n.StartsWith("qformer.cross.", StringComparison.Ordinal)))
        {
            yield return ("qformer_cross_attention_" + name[14..], probe[name].alias());
        }

        for (int i = 0; i <= network.Config.Vision.Tower.Layers; i++)
        {
            yield return ($"vision_hidden_{i}", probe[$"vision.hidden.{i}"].alias());
        }
    }

    private static IEnumerable<(string Name, Tensor Actual)> Language(ParityCase reference, Blip2Network network)
    {
        using ActivationProbe probe = new(_ => true);
        Tensor image = network.Look(reference.Input("pixel_values"));
        Tensor? targets = reference.HasInput("decoder_input_ids") ? reference.Input("decoder_input_ids") : null;
        yield return ("logits", network.LanguageModel.Logits(image, reference.Input("input_ids"), reference.Input("attention_mask"), targets, probe));
        foreach (string name in probe.Names)
        {
            string expected = name switch
            {
                "last" => "lm_hidden_last",
                "encoder.last" => "encoder_last_hidden_state",
                _ when name.StartsWith("hidden.", StringComparison.Ordinal) => "lm_hidden_" + name[7..],
                _ when name.StartsWith("decoder.cross.", StringComparison.Ordinal) => "cross_attention_layer" + name[14..],
                _ => name.Replace(".attention.", "_attention_layer", StringComparison.Ordinal),
            };
            yield return (expected, probe[name].alias());
        }
    }

    private static IEnumerable<(string Name, Tensor Actual)> Texts(ParityCase reference, Blip2Model model)
    {
        Tensor image = model.Network.Look(reference.Input("pixel_values"));
        Tensor start = full([image.shape[0], 1], model.Network.LanguageModel.StartToken, ScalarType.Int64);
        (Tensor Ids, Tensor Mask) unprompted = (start, ones_like(start));
        (Tensor Ids, Tensor Mask) prompted = (reference.Input("input_ids"), reference.Input("attention_mask"));
        foreach (string name in reference.Expected!.Names.Where(n => n.Contains("_tokens", StringComparison.Ordinal)))
        {
            (Tensor ids, Tensor mask) = name.StartsWith("prompted", StringComparison.Ordinal) ? prompted : unprompted;
            CaptionOptions options = new()
            {
                MaxNewTokens = (int)reference.Expected.Info(name).Shape[1] - 1,
                Beams = BeamCount().Match(name) is { Success: true } beams ? int.Parse(beams.Groups[1].Value, CultureInfo.InvariantCulture) : 1,
                StopTokens = name.EndsWith("_with_eos", StringComparison.Ordinal) ? [reference.Meta.GetProperty(EndToken).GetInt32()] : s_none,
            };
            using LogitsRecorder logits = new();
            IReadOnlyList<IReadOnlyList<int>> written = model.Write(image, ids, mask, options, logits);
            yield return (name, ModelCase.Sequences(written, model.Network.LanguageModel.OutputStartToken, model.PadToken));
            if (options is { Beams: 1, StopTokens.Count: 0 })
            {
                yield return (name.Replace("_tokens", "_step_logits", StringComparison.Ordinal), logits.All());
            }
        }
    }

    [GeneratedRegex("_beam([0-9]{1,2})_")]
    private static partial Regex BeamCount();
}
