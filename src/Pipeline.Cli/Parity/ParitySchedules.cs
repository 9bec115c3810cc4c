using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Diffusion.Attention;

namespace Pipeline.Cli.Parity;

/// <summary>Reads the forms in which cases write Prompt-to-Prompt's schedules.</summary>
internal static partial class ParitySchedules
{
    /// <summary>Number of denoising steps: stated in <c>steps</c> or in the call, or what the expected tensors imply.</summary>
    /// <exception cref="CaseUnavailableException">Nothing tells.</exception>
    public static int Steps(ParityCase reference)
    {
        if (reference.Meta.TryGetProperty("steps", out JsonElement stated) && stated.TryGetInt32(out int steps))
        {
            return steps;
        }

        if (InWords().Match(reference.Call) is { Success: true } match)
        {
            return int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }

        if (reference.Expects("ctrl.cross_replace_alpha"))
        {
            return (int)reference.Expected!.Info("ctrl.cross_replace_alpha").Shape[0] - 1;
        }

        // "latents after steps 0, 3, 6, 9": the last one listed is the last step
        return reference.Meta.TryGetProperty("z_indices", out JsonElement indices) && indices.ValueKind == JsonValueKind.Array ? indices.EnumerateArray().Last().GetInt32() + 1
            : reference.Expects("z") ? (int)reference.Expected!.Info("z").Shape[0]
            : throw new CaseUnavailableException("the case does not say how many steps it took");
    }

    /// <summary>Fractions that the call states in words, such as "AttentionReplace cross .4 self .6".</summary>
    public static (double Cross, double Self)? ReplaceInWords(ParityCase reference) => FractionsInWords().Match(reference.Call) is { Success: true } match
        ? (double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), double.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
        : null;

    /// <summary>
    /// Fractions of a P2Plus case: <c>tau_c</c>, <c>tau_s</c>, <c>tau_u</c> of its settings, or words such as "Replace, cross .6, self .6, uncond_self .5". Null for other cases; the controller is empty
    /// where the case does not name it.
    /// </summary>
    public static P2PlusFractions? P2Plus(ParityCase reference, JsonElement settings)
    {
        if (settings.TryGetProperty("tau_c", out JsonElement cross) && settings.TryGetProperty("tau_s", out JsonElement self) && settings.TryGetProperty("tau_u", out JsonElement unconditional))
        {
            return new P2PlusFractions("", cross.GetDouble(), self.GetDouble(), unconditional.GetDouble());
        }

        double Number(Group group) => double.Parse(group.ValueSpan, CultureInfo.InvariantCulture);
        return P2PlusInWords().Match(reference.Call) is { Success: true } match
            ? new P2PlusFractions("Attention" + match.Groups[1].Value, Number(match.Groups[2]), Number(match.Groups[3]), Number(match.Groups[4]))
            : null;
    }

    /// <summary>A threshold that the call states in words, such as "threshold .87 here".</summary>
    public static double? Threshold(ParityCase reference) => ThresholdInWords().Match(reference.Call) is { Success: true } match
        ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
        : null;

    /// <summary><c>cross_replace_steps</c>: a fraction, a pair of fractions, or an object of words with <c>default_</c>.</summary>
    public static WordSchedule Read(JsonElement steps, int count, int length, PromptWords target)
    {
        if (steps.ValueKind != JsonValueKind.Object)
        {
            return new WordSchedule(count, length, Interval(steps));
        }

        (double, double) rest = steps.TryGetProperty("default_", out JsonElement stated) ? Interval(stated) : (0, 1);
        return new WordSchedule(count, length, rest,
            steps.EnumerateObject().Where(w => w.Name != "default_").Select(w => (Interval(w.Value), target.Find(w.Name))));
    }

    /// <summary>A fraction b, meaning (0, b), or a pair.</summary>
    public static (double From, double Until) Interval(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array ? (value[0].GetDouble(), value[1].GetDouble()) : (0, value.GetDouble());

    [GeneratedRegex(@"(\d+) DDIM steps", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex InWords();

    [GeneratedRegex(@"(?:Replace|Refine) cross (\d*\.?\d+) self (\d*\.?\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex FractionsInWords();

    [GeneratedRegex(@"(Replace|Refine)[a-z]*,? cross (\d*\.?\d+),? self (\d*\.?\d+),? uncond_self (\d*\.?\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex P2PlusInWords();

    [GeneratedRegex(@"threshold\s+(\d*\.\d+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex ThresholdInWords();
}
