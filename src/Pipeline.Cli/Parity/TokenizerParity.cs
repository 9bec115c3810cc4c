using System.Text.Json;
using Pipeline.Models.Tokenizers;

namespace Pipeline.Cli.Parity;

/// <summary>
/// Tokenizer cases: a list of texts with ids, spellings and decoded forms in <c>expected.json</c>; the vocabulary lies in the folder, or where meta.json's
/// <c>vocabulary</c> says. One row per kind of value, over all texts.
/// </summary>
internal sealed class TokenizerParity : IParityRunner
{
    public string Kind => "tokenizer";

    public bool Recognises(ParityCase reference) =>
        reference.ExpectedJson is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0
        && list[0].ValueKind == JsonValueKind.Object && list[0].TryGetProperty("text", out _) && list[0].TryGetProperty("ids", out _);

    public IEnumerable<TensorComparison> Run(ParityCase reference)
    {
        ITokenizer tokenizer = TokenizerLoader.Load(VocabularyFolder(reference));
        JsonElement[] texts = [.. reference.ExpectedJson!.Value.EnumerateArray()];
        foreach (string field in texts.SelectMany(t => t.EnumerateObject().Select(p => p.Name)).Distinct().Where(f => f != "text"))
        {
            yield return CompareField(field, texts, tokenizer);
        }

        if (reference.Meta.TryGetProperty("padded_batch", out JsonElement batch))
        {
            foreach (TensorComparison row in CompareBatch(batch, tokenizer))
            {
                yield return row;
            }
        }
    }

    private static TensorComparison CompareField(string field, JsonElement[] texts, ITokenizer tokenizer)
    {
        if (field == "ids_slow_without_ftfy")
        {
            return new TensorComparison(field, ComparisonStatus.Skipped, double.NaN, "", "what another implementation gives on a machine without one of its libraries");
        }

        int different = 0;
        string note = "";
        foreach (JsonElement entry in texts)
        {
            if (!entry.TryGetProperty(field, out JsonElement expected) || expected.ValueKind == JsonValueKind.Null)
            {
                continue;
            }

            string text = entry.GetProperty("text").GetString()!;
            int[] ids = [.. entry.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];
            TensorComparison row = CompareValue(field, expected, text, ids, tokenizer);
            different += row.Status == ComparisonStatus.Passed ? 0 : 1;
            note = row.Status == ComparisonStatus.Passed || note.Length > 0 ? note : $"'{(text.Length > 40 ? text[..40] + "…" : text)}': {row.Note}";
        }

        string name = $"{field} of {texts.Length} texts";
        return new TensorComparison(name, different == 0 ? ComparisonStatus.Passed : ComparisonStatus.Failed, different, "exact", note);
    }

    private static TensorComparison CompareValue(string field, JsonElement expected, string text, int[] ids, ITokenizer tokenizer) => field switch
    {
        "ids" => TensorComparison.EqualLists(field, Integers(expected), tokenizer.Encode(text)),
        "tokens" => TensorComparison.EqualLists(field, [.. expected.EnumerateArray().Select(t => t.GetString())], [.. tokenizer.Encode(text).Select(tokenizer.TokenText)]),
        "decode" => TensorComparison.Equal(field, expected.GetString(), tokenizer.Decode(ids, skipSpecial: false)),
        "decode_skip_special" => TensorComparison.Equal(field, expected.GetString(), tokenizer.Decode(ids)),
        "decode_skip_special_no_cleanup" when tokenizer is Tokenizer own => TensorComparison.Equal(field, expected.GetString(), own.Decode(ids, true, cleanUp: false)),
        "sentencepiece_raw" when tokenizer is SentencePieceTokenizer pieces => TensorComparison.EqualLists(field, Integers(expected), pieces.EncodeRaw(text)),
        _ when tokenizer is ClipTokenizer clip && field.StartsWith("ids", StringComparison.Ordinal) =>
            TensorComparison.EqualLists(field, Integers(expected), clip.EncodePadded(text, expected.GetArrayLength())),
        _ when tokenizer is ClipTokenizer clip && field.StartsWith("mask", StringComparison.Ordinal) =>
            TensorComparison.EqualLists(field, Integers(expected), [.. clip.EncodeBatch([text], expected.GetArrayLength()).Mask.Select(m => (int)m)]),
        _ => new TensorComparison(field, ComparisonStatus.Failed, double.NaN, "", "no such value is known"),
    };

    private static IEnumerable<TensorComparison> CompareBatch(JsonElement expected, ITokenizer tokenizer)
    {
        PaddingSide side = expected.GetProperty("padding_side").GetString() == "left" ? PaddingSide.Left : PaddingSide.Right;
        IReadOnlyList<int>[] rows = [.. expected.GetProperty("texts").EnumerateArray().Select(t => tokenizer.Encode(t.GetString()!))];
        TokenBatch batch = TokenBatch.Pad(rows, tokenizer.PadId ?? 0, side);
        yield return TensorComparison.EqualLists("padded_batch.input_ids", Flatten(expected.GetProperty("input_ids")), batch.Ids);
        yield return TensorComparison.EqualLists("padded_batch.attention_mask", Flatten(expected.GetProperty("attention_mask")), batch.Mask);
    }

    private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(i => i.GetInt32())];

    private static long[] Flatten(JsonElement rows) => [.. rows.EnumerateArray().SelectMany(r => r.EnumerateArray().Select(i => i.GetInt64()))];

    /// <summary>
    /// The case's own folder, or the first folder named in meta.json's <c>vocabulary</c> ("data/clip-openai (…)") that exists above the case or above the
    /// current folder, there also in <c>shared/</c>.
    /// </summary>
    private static string VocabularyFolder(ParityCase reference)
    {
        string named = reference.MetaText("vocabulary")?.Split(' ')[0] ?? "";
        if (reference.HasFile("vocab.json") || reference.HasFile("tokenizer.model") || reference.HasFile("spiece.model") || reference.HasFile("tokenizer.json") || named.Length == 0)
        {
            return reference.Directory;
        }

        foreach (string start in (string[])[reference.Directory, Environment.CurrentDirectory])
        {
            for (DirectoryInfo? above = new(start); above is not null; above = above.Parent)
            {
                string? found = Array.Find([Path.Combine(above.FullName, named), Path.Combine(above.FullName, "shared", named)], Directory.Exists);
                if (found is not null)
                {
                    return found;
                }
            }
        }

        throw new CaseUnavailableException($"the vocabulary {named} that meta.json names is neither above the case nor above the current folder");
    }
}
