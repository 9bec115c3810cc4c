namespace Pipeline.Methods.Prompting;

/// <summary>Collects notes: one entry a code, in order of first occurrence.</summary>
internal sealed class ParseNoteList
{
    private const int MaxDetail = 80;
    private readonly List<ParseNote> _notes = [];
    private readonly Dictionary<string, int> _byCode = new(StringComparer.Ordinal);

    public int Count => _notes.Count;

    public void Add(string code, string detail = "")
    {
        if (_byCode.TryGetValue(code, out var at))
        {
            _notes[at] = _notes[at] with { Count = _notes[at].Count + 1 };
            return;
        }
        _byCode[code] = _notes.Count;
        _notes.Add(new ParseNote(code, detail.Length <= MaxDetail ? detail : string.Concat(PlainText.CutAtWord(detail, MaxDetail - 1), "…"), 1));
    }

    public void AddAll(IEnumerable<ParseNote> notes)
    {
        foreach (var note in notes)
        {
            Add(note.Code, note.Detail);
            var at = _byCode[note.Code];
            _notes[at] = _notes[at] with { Count = _notes[at].Count + note.Count - 1 };
        }
    }

    public bool Has(string code) => _byCode.ContainsKey(code);

    public IReadOnlyList<ParseNote> ToList() => [.. _notes];
}
