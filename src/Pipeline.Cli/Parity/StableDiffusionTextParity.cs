using System.Text.Json;
using Pipeline.Models.Clip;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>Prompts through a whole Stable Diffusion folder: token ids, decoded pieces, and the text states that the denoiser gets. The folder is the case's parent.</summary>
internal sealed class StableDiffusionTextParity : IParityRunner
{
    public string Kind => "stable_diffusion_text";

    public bool Recognises(ParityCase reference) =>
        reference.Meta.TryGetProperty("prompts", out JsonElement prompts) && prompts.ValueKind == JsonValueKind.Array
        && reference.Expects("0.last_hidden_state") && reference.HasInput("0.input_ids");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        if (!reference.HasFile("../tokenizer/vocab.json"))
        {
            throw new CaseUnavailableException("the case needs the tokenizer at ../tokenizer, whose vocabulary is a third party's");
        }

        using var gradients = no_grad();
        using StableDiffusionModel model = StableDiffusionModel.Load(reference.PathOf(".."));
        string[] prompts = [.. reference.Meta.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!)];
        for (int i = 0; i < prompts.Length; i++)
        {
            foreach (TensorComparison row in Tokens(reference, model, prompts[i], i).Concat(States(reference, model, prompts[i], i)))
            {
                yield return row;
            }
        }
    }

    private static IEnumerable<TensorComparison> Tokens(ParityCase reference, StableDiffusionModel model, string prompt, int index)
    {
        int[] padded = model.Tokenizer.EncodePadded(prompt, model.TextLength);
        yield return TensorComparison.EqualLists($"{index}.input_ids", [.. reference.Inputs!.ReadDoubles($"{index}.input_ids").Select(id => (int)id)], padded);
        if (!reference.Meta.TryGetProperty("tokens", out JsonElement all) || !all.TryGetProperty(prompt, out JsonElement tokens))
        {
            yield break;
        }

        IReadOnlyList<int> ids = model.Tokenizer.Encode(prompt);
        (string Name, IReadOnlyList<string> Actual)[] lists =
        [
            ("ids", [.. ids.Select(id => id.ToString())]),
            ("padded", [.. padded.Select(id => id.ToString())]),
            ("tokens", [.. ids.Select(id => model.Tokenizer.TokenText(id) ?? "")]),
            ("pieces", [.. ids.Select(id => model.Tokenizer.Decode([id], false))]),
        ];
        foreach ((string name, IReadOnlyList<string> actual) in lists)
        {
            if (tokens.TryGetProperty(name, out JsonElement expected))
            {
                yield return TensorComparison.EqualLists($"{index}.{name}", [.. expected.EnumerateArray().Select(e => e.ToString())], actual);
            }
        }
    }

    private static IEnumerable<TensorComparison> States(ParityCase reference, StableDiffusionModel model, string prompt, int index)
    {
        using var scope = NewDisposeScope();
        yield return reference.Compare($"{index}.last_hidden_state", model.EncodeText([prompt]));
        if (reference.Expects($"{index}.pooler_output"))
        {
            ClipTextOutput output = model.TextEncoder.Forward(reference.Input($"{index}.input_ids"));
            yield return reference.Compare($"{index}.pooler_output", output.Pooled);
        }
    }
}
