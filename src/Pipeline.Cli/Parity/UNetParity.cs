using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Models.StableDiffusion;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>
/// UNet cases: predictions at single timesteps (<c>eps.t250</c>) and at one timestep a sample (<c>eps.tvec</c>), the time embedding, attention maps in call order (<c>attn.NN</c>) and
/// outputs of blocks (<c>feat.NAME</c>). Maps and outputs are heard through the product's own attention seam; the predictions are made without it, on the fused path.
/// </summary>
internal sealed partial class UNetParity : IParityRunner
{
    public string Kind => "unet";

    public bool Recognises(ParityCase reference) =>
        reference.Call.Contains("UNet2DConditionModel(", StringComparison.Ordinal) && reference.HasInput("sample") && reference.HasInput("encoder_hidden_states");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        using var gradients = no_grad();
        using UNet2DConditionModel unet = UNet2DConditionModel.Load(SiblingFolders.Of(reference, "unet"));
        foreach (string name in reference.Expected!.Names.Order(StringComparer.Ordinal))
        {
            if (name.StartsWith("eps.", StringComparison.Ordinal))
            {
                yield return Prediction(reference, unet, name);
            }
            else if (TimestepsIn(name) is { } timesteps)
            {
                yield return Time(reference, unet, name, timesteps);
            }
        }

        foreach (TensorComparison row in Heard(reference, unet))
        {
            yield return row;
        }
    }

    private static TensorComparison Prediction(ParityCase reference, UNet2DConditionModel unet, string name)
    {
        using var scope = NewDisposeScope();
        Tensor timestep = name == "eps.tvec" ? reference.Input("timestep_vec") : tensor(long.Parse(name["eps.t".Length..], CultureInfo.InvariantCulture));
        return reference.Compare(name, Predict(reference, unet, timestep, null));
    }

    private static TensorComparison Time(ParityCase reference, UNet2DConditionModel unet, string name, long[] values)
    {
        using var scope = NewDisposeScope();
        Tensor timesteps = tensor(values);
        return reference.Compare(name, name.StartsWith("temb.", StringComparison.Ordinal) ? unet.TimeEmbedding(timesteps) : unet.TimeProjection(timesteps));
    }

    private static IEnumerable<TensorComparison> Heard(ParityCase reference, UNet2DConditionModel unet)
    {
        HashSet<string> blocks = [.. reference.Expected!.Names.Where(n => n.StartsWith("feat.", StringComparison.Ordinal)).Select(n => n["feat.".Length..])];
        string[] maps = [.. reference.Expected.Names.Where(n => n.StartsWith("attn.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        if (blocks.Count + maps.Length == 0)
        {
            yield break;
        }

        using var scope = NewDisposeScope();
        long timestep = HeardTimestep(reference);
        using MapCapture capture = new(blocks);
        Tensor prediction = Predict(reference, unet, tensor(timestep), capture);
        if (reference.Expects($"eps.t{timestep}"))
        {
            // The same call with every map materialised must give what the fused path gave.
            yield return reference.Compare($"eps.t{timestep}", prediction) with { Name = $"eps.t{timestep}, maps materialised" };
        }

        yield return LayerNames(reference, capture);
        foreach (string name in maps)
        {
            int index = int.Parse(name["attn.".Length..], CultureInfo.InvariantCulture);
            yield return index < capture.Maps.Count
                ? reference.Compare(name, capture.Maps[index])
                : new TensorComparison(name, ComparisonStatus.Failed, double.NaN, "", $"the model has {capture.Maps.Count} attention layers");
        }

        foreach (string name in blocks.Order(StringComparer.Ordinal))
        {
            yield return capture.Blocks.TryGetValue(name, out Tensor? hidden)
                ? reference.Compare("feat." + name, hidden)
                : new TensorComparison("feat." + name, ComparisonStatus.Failed, double.NaN, "", "the model offers no block of this name");
        }
    }

    private static TensorComparison LayerNames(ParityCase reference, MapCapture capture)
    {
        string[] expected = reference.Meta.TryGetProperty("attention_layers_in_call_order", out JsonElement layers)
            ? [.. layers.EnumerateArray().Select(l => l.GetString()!.Replace(".processor", "", StringComparison.Ordinal))]
            : [.. capture.Layers];
        return TensorComparison.EqualLists("attention layers in call order", expected, capture.Layers);
    }

    private static Tensor Predict(ParityCase reference, UNet2DConditionModel unet, Tensor timestep, MapCapture? capture)
    {
        AddedConditions? added = reference.HasInput("added.text_embeds")
            ? new AddedConditions(reference.Input("added.text_embeds"), reference.Input("added.time_ids"))
            : null;
        return unet.Forward(reference.Input("sample"), timestep, reference.Input("encoder_hidden_states"), capture, 0, added);
    }

    // "attn.NN are softmax probabilities of the call at t=250"
    private static long HeardTimestep(ParityCase reference)
    {
        Match match = AtTimestep().Match((reference.MetaText("attention_note") ?? "") + (reference.MetaText("feat_note") ?? ""));
        return match.Success ? long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 250;
    }

    // time_proj.0_1_17_500_999
    private static long[]? TimestepsIn(string name)
    {
        Match match = TimeKey().Match(name);
        return match.Success ? [.. match.Groups[1].Value.Split('_').Select(t => long.Parse(t, CultureInfo.InvariantCulture))] : null;
    }

    [GeneratedRegex(@"t=(\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex AtTimestep();

    [GeneratedRegex(@"^(?:time_proj|temb)\.(\d+(?:_\d+)*)$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TimeKey();
}
