using System.Text.Json;
using Pipeline.Diffusion.Attention;
using static TorchSharp.torch;

namespace Pipeline.Cli.Parity;

/// <summary>
/// Prompt-to-Prompt's token work on given ids and pieces: refinement and replacement mappers, positions of words, schedules by word. No tokenizer is needed, since the case carries its results.
/// </summary>
internal sealed class SequenceAlignerParity : IParityRunner
{
    private const int Length = 77;

    public string Kind => "sequence-aligner";

    public bool Recognises(ParityCase reference) => reference.Meta.TryGetProperty("pairs", out JsonElement pairs) && pairs.ValueKind == JsonValueKind.Array && reference.Expects("00.refine_mapper");

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        JsonElement[] pairs = [.. reference.Meta.GetProperty("pairs").EnumerateArray()];
        for (int p = 0; p < pairs.Length; p++)
        {
            foreach (TensorComparison row in Pair(reference, pairs[p], $"{p:00}"))
            {
                yield return row;
            }
        }

        foreach (JsonElement schedule in reference.Meta.GetProperty("alpha_cases").EnumerateArray())
        {
            yield return Schedule(reference, schedule, pairs);
        }
    }

    private static IEnumerable<TensorComparison> Pair(ParityCase reference, JsonElement pair, string name)
    {
        using var scope = NewDisposeScope();
        TokenAlignment alignment = TokenAlignment.Between(Ints(pair, "source_ids"), Ints(pair, "target_ids"), Length);
        yield return reference.Compare($"{name}.refine_mapper", tensor(alignment.SourceOf.ToArray()).reshape(1, -1));
        yield return reference.Compare($"{name}.refine_alphas", tensor(alignment.Alphas()).reshape(1, -1));

        (PromptWords source, PromptWords target) = (WordsOf(pair, "source"), WordsOf(pair, "target"));
        JsonProperty[] words = [.. pair.GetProperty("target_word_inds").EnumerateObject()];
        yield return TensorComparison.EqualLists(
            $"{name}.target_word_inds",
            [.. words.Select(w => Entry(w.Name, w.Value.EnumerateArray().Select(i => i.GetInt32())))],
            [.. words.Select(w => Entry(w.Name, target.Find(w.Name)))]);

        if (reference.Expects($"{name}.replace_mapper.rc"))
        {
            float[] matrix = TokenReplacement.Between(source, target, Length, officialTail: true);
            int[] cells = [.. Enumerable.Range(0, matrix.Length).Where(i => matrix[i] != 0)];
            yield return reference.Compare($"{name}.replace_mapper.rc", tensor(cells.SelectMany(i => new[] { i / Length, i % Length }).ToArray()).reshape(-1, 2));
            yield return reference.Compare($"{name}.replace_mapper.val", tensor(cells.Select(i => matrix[i]).ToArray()));
        }
    }

    private static TensorComparison Schedule(ParityCase reference, JsonElement schedule, JsonElement[] pairs)
    {
        using var scope = NewDisposeScope();
        string target = schedule.GetProperty("prompts")[1].GetString()!;
        PromptWords words = WordsOf(pairs.First(p => p.GetProperty("target").GetString() == target), "target");
        WordSchedule table = ParitySchedules.Read(schedule.GetProperty("cross_replace_steps"), schedule.GetProperty("num_steps").GetInt32(), Length, words);
        return reference.Compare(schedule.GetProperty("name").GetString()!, tensor(table.Values.ToArray()).reshape(table.Rows, 1, 1, 1, Length));
    }

    private static PromptWords WordsOf(JsonElement pair, string side) =>
        new(pair.GetProperty(side).GetString()!, pair.GetProperty($"{side}_pieces").EnumerateArray().Select(e => e.GetString()!).Skip(1).SkipLast(1));

    private static string Entry(string word, IEnumerable<int> positions) => $"{word}: {string.Join(',', positions)}";

    private static int[] Ints(JsonElement owner, string key) => [.. owner.GetProperty(key).EnumerateArray().Select(e => e.GetInt32())];
}
