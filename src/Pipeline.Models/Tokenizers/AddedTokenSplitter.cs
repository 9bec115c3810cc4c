using Pipeline.Models.Tokenizers.Unicode;

namespace Pipeline.Models.Tokenizers;

/// <summary>Splits a text at added tokens: from the left, the longest token at each place.</summary>
internal sealed class AddedTokenSplitter
{
    private readonly Dictionary<char, AddedToken[]> _byFirst;

    public AddedTokenSplitter(IEnumerable<AddedToken> tokens) =>
        _byFirst = tokens.Where(t => t.Text.Length > 0).GroupBy(t => t.Text[0])
            .ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Text.Length).ToArray());

    /// <summary>Pieces in order: text with a null token, or a token. No piece is empty.</summary>
    public List<(string Text, AddedToken? Token)> Split(string text)
    {
        List<(string Text, AddedToken? Token)> pieces = [];
        int start = 0;
        for (int i = 0; i < text.Length;)
        {
            if (Match(text, i) is not { } token)
            {
                i++;
                continue;
            }

            pieces.Add((text[start..i], null));
            pieces.Add((token.Text, token));
            i += token.Text.Length;
            start = i;
        }

        pieces.Add((text[start..], null));
        Trim(pieces);
        pieces.RemoveAll(p => p.Token is null && p.Text.Length == 0);
        return pieces;
    }

    private static void Trim(List<(string Text, AddedToken? Token)> pieces)
    {
        // Text and tokens alternate, so each token has a text on both sides.
        for (int i = 1; i < pieces.Count; i += 2)
        {
            if (pieces[i].Token!.TrimsRight)
            {
                pieces[i + 1] = (TextRules.TrimStart(pieces[i + 1].Text), null);
            }

            if (pieces[i].Token!.TrimsLeft)
            {
                pieces[i - 1] = (TextRules.TrimEnd(pieces[i - 1].Text), null);
            }
        }
    }

    private AddedToken? Match(string text, int index) => _byFirst.TryGetValue(text[index], out AddedToken[]? candidates)
        ? Array.Find(candidates, t => string.CompareOrdinal(text, index, t.Text, 0, t.Text.Length) == 0)
        : null;
}
