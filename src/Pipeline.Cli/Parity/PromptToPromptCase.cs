using System.Text.Json;
using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Blending;
using Pipeline.Diffusion.Branches;
using Pipeline.Models.Attention;
using Pipeline.Models.Tokenizers;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>What a Prompt-to-Prompt case asks for, read from its meta.json, as the product's own controls. Two prompts.</summary>
internal sealed class PromptToPromptCase
{
    private const int Length = 77;
    private readonly JsonElement meta;
    private readonly PromptWords source;
    private readonly PromptWords target;
    private readonly TokenAlignment alignment;
    private readonly string controller;
    private readonly WordSchedule? schedule;
    private readonly (double From, double Until) selfInterval;
    private readonly double unconditionalUntil;
    private readonly bool firstNotebook;
    private readonly double stated;

    private PromptToPromptCase(ParityCase reference, ClipTokenizer tokenizer, int steps, double threshold)
    {
        meta = reference.Meta.TryGetProperty("edit", out JsonElement edit) && edit.ValueKind == JsonValueKind.Object ? edit : reference.Meta;
        string[] prompts = [.. reference.Meta.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!)];
        (source, target) = (WordsOf(tokenizer, prompts[0]), WordsOf(tokenizer, prompts[1]));
        alignment = TokenAlignment.Between(tokenizer.Encode(prompts[0]), tokenizer.Encode(prompts[1]), Length);
        firstNotebook = reference.Call.Contains("first notebook", StringComparison.Ordinal);
        stated = ParitySchedules.Threshold(reference) ?? threshold;
        bool swaps = meta.TryGetProperty("cross_replace_steps", out JsonElement cross);
        P2PlusFractions? plus = ParitySchedules.P2Plus(reference, meta);
        (double Cross, double Self)? inWords = plus is null ? ParitySchedules.ReplaceInWords(reference) : (plus.Cross, plus.Self);
        controller = reference.MetaText("controller") ?? plus?.Controller ?? (!swaps && inWords is null ? "none" : reference.Call.Contains("Refine cross", StringComparison.Ordinal) ? "AttentionRefine" : "AttentionReplace");
        controller = controller.Length > 0 ? controller : source.Words.Count == target.Words.Count ? "AttentionReplace" : "AttentionRefine"; // the authors' advice
        unconditionalUntil = plus?.Unconditional ?? 0;
        schedule = swaps ? ParitySchedules.Read(cross, steps, Length, target) : inWords is var (until, _) ? new WordSchedule(steps, Length, (0, until)) : null;
        selfInterval = meta.TryGetProperty("self_replace_steps", out JsonElement self) ? ParitySchedules.Interval(self) : (0, inWords?.Self ?? 0);
    }

    /// <summary>Whether attention is controlled at all.</summary>
    public bool HasController => schedule is not null;

    /// <summary>Reads a case; the tokenizer lies beside the model.</summary>
    /// <param name="reference">The case.</param>
    /// <param name="model">Folder of the model.</param>
    /// <param name="steps">Denoising steps.</param>
    /// <param name="threshold">Of the local blend, where the case states none.</param>
    public static PromptToPromptCase Read(ParityCase reference, string model, int steps, double threshold = 0.3)
    {
        string tokenizer = Path.Combine(model, "tokenizer");
        return Directory.Exists(tokenizer)
            ? new PromptToPromptCase(reference, TokenizerLoader.LoadClip(tokenizer), steps, threshold)
            : throw new CaseUnavailableException($"the case needs the tokenizer at {tokenizer}, which is not here");
    }

    /// <summary>The controller's tables by the names that cases give them.</summary>
    public IEnumerable<(string Name, Tensor Value)> Tensors()
    {
        if (schedule is null)
        {
            yield break;
        }

        bool reweights = meta.TryGetProperty("equalizer", out _);
        string prefix = reweights ? "ctrl.prev." : "ctrl.";
        yield return ("ctrl.cross_replace_alpha", tensor(schedule.Values.ToArray()).reshape(schedule.Rows, 1, 1, 1, Length));
        if (controller.Contains("Refine", StringComparison.Ordinal))
        {
            yield return (prefix + "mapper", tensor(alignment.SourceOf.Select(a => (long)a).ToArray()).reshape(1, -1));
            yield return (prefix + "alphas", tensor(alignment.Alphas()).reshape(1, 1, 1, -1));
        }
        else
        {
            yield return (prefix + "mapper", tensor(TokenReplacement.Between(source, target, Length, officialTail: true), [1, Length, Length]));
        }

        if (reweights)
        {
            yield return ("ctrl.equalizer", tensor(Equalizer()).reshape(1, -1));
        }

        if (Words("blend_words") is var (first, second))
        {
            yield return ("ctrl.blend_alpha_layers", stack([Indicator(first), Indicator(second)]));
        }
    }

    /// <summary>The whole control, recorders last.</summary>
    public ControlChain Control(BranchLayout layout, int steps, params IAttentionControl[] recorders)
    {
        ICrossMapEdit edit = controller.Contains("Refine", StringComparison.Ordinal)
            ? new RefineEdit(alignment)
            : new ReplaceEdit(TokenReplacement.Between(source, target, Length, officialTail: true));
        edit = meta.TryGetProperty("equalizer", out _) ? new ReweightEdit(edit, Equalizer()) : edit;
        (double from, double until) = selfInterval;
        return new ControlChain(
        [
            new PromptToPromptControl(layout, [new PromptToPromptTarget(1, edit, schedule!)]),
            new P2PlusControl(layout, new StepWindow((int)(steps * from), (int)(steps * until)), new StepWindow(0, (int)(steps * unconditionalUntil))),
            .. recorders,
        ]);
    }

    /// <summary>The local blend, or null.</summary>
    public LocalBlend? Blend(CrossMapAccumulator maps, int steps)
    {
        if (Words("blend_words") is not var (first, second))
        {
            return null;
        }

        (IReadOnlyList<int> kept, IReadOnlyList<int> keptInTarget) = Words("substruct_words") ?? ([], []);
        double[] thresholds = meta.TryGetProperty("blend_threshold", out JsonElement given) ? [.. given.EnumerateArray().Select(t => t.GetDouble())] : [stated, stated];

        // The null-text version counts steps from 1 and starts after int(share N); the first notebook's blends from the first step on.
        double share = firstNotebook ? 0 : meta.TryGetProperty("start_blend", out JsonElement start) ? start.GetDouble() : 0.2;
        var options = new LocalBlendOptions(thresholds[0], thresholds[1], (int)(share * steps));
        return new LocalBlend(maps, new LocalBlendWords(0, first, kept), [new LocalBlendWords(1, second, keptInTarget)], options);
    }

    private (IReadOnlyList<int> Source, IReadOnlyList<int> Target)? Words(string key) =>
        meta.TryGetProperty(key, out JsonElement words) && words.ValueKind == JsonValueKind.Array
            ? (All(source, words[0]), All(target, words[1]))
            : null;

    private static IReadOnlyList<int> All(PromptWords prompt, JsonElement words) => [.. words.EnumerateArray().SelectMany(w => prompt.Find(w.GetString()!))];

    private float[] Equalizer()
    {
        float[] factors = new float[Length];
        Array.Fill(factors, 1);
        JsonElement stated = meta.GetProperty("equalizer");
        for (int i = 0; i < stated[0].GetArrayLength(); i++)
        {
            foreach (int position in target.Find(stated[0][i].GetString()!))
            {
                factors[position] = (float)stated[1][i].GetDouble();
            }
        }

        return factors;
    }

    private static Tensor Indicator(IReadOnlyList<int> positions) => tensor(Enumerable.Range(0, Length).Select(j => positions.Contains(j) ? 1f : 0f).ToArray());

    private static PromptWords WordsOf(ClipTokenizer tokenizer, string prompt) =>
        new(prompt, tokenizer.EncodePlain(prompt).Select(id => tokenizer.Decode([id])));
}
