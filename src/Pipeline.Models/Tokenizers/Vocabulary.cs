using System.Text.Json;
using Pipeline.Models.Checkpoints;

namespace Pipeline.Models.Tokenizers;

/// <summary>Tokens and their ids, both ways: those of the trained vocabulary, and those added to it.</summary>
public sealed class Vocabulary
{
    /// <summary>Largest id accepted from a file.</summary>
    public const int MaximumId = 1 << 24;

    private readonly Dictionary<string, int> _ids;
    private readonly List<string?> _texts = [];

    /// <summary>Takes the trained tokens.</summary>
    /// <exception cref="ModelFormatException">An id is negative or larger than <see cref="MaximumId"/>.</exception>
    public Vocabulary(IEnumerable<KeyValuePair<string, int>> tokens, string path)
    {
        _ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string text, int id) in tokens)
        {
            Add(text, id, path);
        }

        TrainedSize = _ids.Count;
    }

    /// <summary>Tokens of the trained vocabulary.</summary>
    public int TrainedSize { get; }

    /// <summary>One more than the largest id.</summary>
    public int Size => _texts.Count;

    /// <summary>Reads an object of tokens and ids: <c>vocab.json</c>, or the vocabulary inside <c>tokenizer.json</c>.</summary>
    /// <exception cref="ModelFormatException">A value is not a whole number.</exception>
    internal static IEnumerable<KeyValuePair<string, int>> Read(ModelConfig entries)
    {
        foreach ((string text, JsonElement value) in entries.Entries)
        {
            yield return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id)
                ? KeyValuePair.Create(text, id)
                : throw entries.Wrong(text, "a whole number");
        }
    }

    /// <summary>The id of a token, or null.</summary>
    public int? Id(string text) => _ids.TryGetValue(text, out int id) ? id : null;

    /// <summary>The token of an id, or null.</summary>
    public string? Text(int id) => (uint)id < (uint)_texts.Count ? _texts[id] : null;

    /// <summary>Adds a token; an id that has a text already gets the new one.</summary>
    internal void Add(string text, int id, string path)
    {
        if (id is < 0 or > MaximumId)
        {
            throw new ModelFormatException($"{path}: token '{text}' has id {id}; ids go from 0 to {MaximumId}");
        }

        while (_texts.Count <= id)
        {
            _texts.Add(null);
        }

        _texts[id] = text;
        _ids[text] = id;
    }
}
