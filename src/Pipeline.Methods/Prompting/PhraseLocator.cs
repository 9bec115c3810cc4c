namespace Pipeline.Methods.Prompting;

/// <summary>
/// Finds in an answer's text where a phrase was generated, to know which tokens' attention to read. Words are compared by letters and digits in any
/// case, so quotes, line breaks and punctuation that the parser repaired do not matter. Linear in the text's length for phrases of bounded length.
/// </summary>
public sealed class PhraseLocator
{
    private const int MaxFieldDistance = 8;
    private readonly string _text;
    private readonly List<(int Start, int End, string Word)> _words;

    /// <param name="text">The answer as decoded, unchanged.</param>
    public PhraseLocator(string text)
    {
        _text = text;
        _words = Split(text);
    }

    /// <summary>All places of a phrase as character ranges, in order; empty where it does not occur.</summary>
    public IReadOnlyList<(int Start, int End)> FindAll(string phrase)
    {
        var wanted = Split(phrase);
        var places = new List<(int, int)>();
        for (var i = 0; wanted.Count > 0 && i + wanted.Count <= _words.Count; i++)
        {
            if (Matches(i, wanted))
                places.Add((_words[i].Start, _words[i + wanted.Count - 1].End));
        }
        return places;
    }

    /// <summary>
    /// The place where the phrase is the value of <paramref name="field"/> (e.g. <c>source_phrase</c>); else where it opens a quoted text or a numbered line; else its first.
    /// </summary>
    public (int Start, int End)? Find(string phrase, string field)
    {
        var places = FindAll(phrase);
        if (places.Count == 0)
            return null;
        foreach (var place in places)
        {
            if (FieldBefore(place.Start, field))
                return place;
        }
        var opening = places.Where(p => Opens(p.Start)).Select(p => ((int, int)?)p).FirstOrDefault();
        return opening ?? places[0];
    }

    /// <summary>Indexes of the tokens that wrote any character of the ranges, each once, in order.</summary>
    /// <param name="tokens">Character range of each token in the text.</param>
    /// <param name="ranges">Ranges of the text.</param>
    public static IReadOnlyList<int> Tokens(IReadOnlyList<(int Start, int End)> tokens, IEnumerable<(int Start, int End)> ranges)
    {
        var found = new SortedSet<int>();
        foreach (var (start, end) in ranges)
        {
            for (var i = 0; i < tokens.Count; i++)
            {
                if (tokens[i].Start < end && tokens[i].End > start)
                    found.Add(i);
            }
        }
        return [.. found];
    }

    private bool Matches(int at, List<(int Start, int End, string Word)> wanted)
    {
        for (var j = 0; j < wanted.Count; j++)
        {
            if (!string.Equals(_words[at + j].Word, wanted[j].Word, StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    /// <summary>True where the field's name stands directly before, with nothing but quotes, colons and blanks between.</summary>
    private bool FieldBefore(int start, string field)
    {
        var end = start;
        while (end > 0 && start - end < MaxFieldDistance && !char.IsLetterOrDigit(_text[end - 1]))
            end--;
        return end >= field.Length && string.Compare(_text, end - field.Length, field, 0, field.Length, StringComparison.OrdinalIgnoreCase) == 0;
    }

    /// <summary>True behind an opening quote, or behind the number of a line ("1. ", "2) ").</summary>
    private bool Opens(int start)
    {
        if (start > 0 && _text[start - 1] is '"' or '\'' or '\u201c')
            return true;
        return start > 2 && _text[start - 1] == ' ' && _text[start - 2] is '.' or ')' && char.IsDigit(_text[start - 3]);
    }

    private static List<(int Start, int End, string Word)> Split(string text)
    {
        var words = new List<(int, int, string)>();
        for (var i = 0; i < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[i]))
            {
                i++;
                continue;
            }
            var start = i;
            while (i < text.Length && char.IsLetterOrDigit(text[i]))
                i++;
            words.Add((start, i, text[start..i].ToLowerInvariant()));
        }
        return words;
    }
}
