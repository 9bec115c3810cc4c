using Pipeline.Models.Clip;
using Pipeline.Models.Probing;
using Pipeline.Models.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>CLIP's text tower alone, as Stable Diffusion carries it: in the case's folder (also sharded, also in half precision) or in <c>text_encoder</c>.</summary>
internal sealed class ClipTextParity : IParityRunner
{
    public string Kind => "clip_text";

    public bool Recognises(ParityCase reference) => Folder(reference) is not null && reference.HasInput("input_ids") && reference.Expects("last_hidden_state");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        List<TensorComparison> rows = [];
        if (reference.HasFolder("tokenizer") && reference.HasInput("attention_mask") && ModelCase.Texts(reference, "texts") is { Count: > 0 } texts)
        {
            ClipTokenizer tokenizer = TokenizerLoader.LoadClip(reference.PathOf("tokenizer"));
            rows.Add(TensorComparison.EqualLists("own input_ids",
                [.. reference.Inputs!.ReadDoubles("input_ids").Select(id => (long)id)], tokenizer.EncodeBatch(texts).Ids));
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ClipTextModel model = ClipTextModel.Load(reference.PathOf(Folder(reference)!));
        rows.AddRange(ModelCase.Compare(reference, Results(reference, model)));
        return rows;
    }

    private static IEnumerable<(string Name, Tensor Actual)> Results(ParityCase reference, ClipTextModel model)
    {
        Tensor ids = reference.Input("input_ids");
        using ActivationProbe probe = new(_ => true);
        ClipTextOutput output = model.Forward(ids, null, probe);
        yield return ("last_hidden_state", output.LastHiddenState);
        yield return ("pooler_output", output.Pooled);
        yield return ("penultimate", output.Penultimate);
        yield return ("embeddings", probe["hidden.0"]);
        for (int i = 1; i <= model.Config.Tower.Layers; i++)
        {
            yield return ($"layer{i}", probe[$"hidden.{i}"]);
            yield return ($"clip_skip{i}_final_norm", model.Encode(ids, i));
        }

        if (reference.HasInput("attention_mask"))
        {
            yield return ("with_attention_mask_last_hidden_state", model.Forward(ids, reference.Input("attention_mask")).LastHiddenState);
        }
    }

    private static string? Folder(ParityCase reference) =>
        ModelCase.Kind(reference) == "clip_text_model" ? "."
        : ModelCase.Kind(reference, "text_encoder") == "clip_text_model" && !reference.HasFolder("unet") ? "text_encoder" : null;
}
