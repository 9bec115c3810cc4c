using System.Globalization;
using System.Text;

namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>A sentencepiece model: text to pieces and back.</summary>
internal sealed class SentencePieceModel
{
    /// <summary>Stands for a space.</summary>
    public const char SpaceSymbol = '\u2581';

    private const string UnknownSurface = " \u2047 ";

    private readonly SentencePieceFile _file;
    private readonly SentencePieceNormalizer _normalizer;
    private readonly BpeSegmenter? _bpe;
    private readonly UnigramSegmenter? _unigram;
    private readonly int[] _bytes = new int[256];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    public SentencePieceModel(SentencePieceFile file, string path)
    {
        _file = file;
        _normalizer = new SentencePieceNormalizer(new CharacterMap(file.CharacterMap, path), file.RemoveExtraSpaces);
        (_bpe, _unigram) = file.IsUnigram ? ((BpeSegmenter?)null, new UnigramSegmenter(file.Pieces)) : (new BpeSegmenter(file.Pieces), null);
        Array.Fill(_bytes, -1);
        for (int id = 0; id < file.Pieces.Count; id++)
        {
            _ids.TryAdd(file.Pieces[id].Text, id);
            if (file.Pieces[id].Kind == PieceKind.Byte && ByteOf(file.Pieces[id].Text) is { } value)
            {
                _bytes[value] = id;
            }
        }
    }

    /// <summary>Number of pieces.</summary>
    public int Size => _file.Pieces.Count;

    /// <summary>Whether the model itself puts a space before a text.</summary>
    public bool AddsDummyPrefix => _file.AddDummyPrefix;

    /// <summary>The vocabulary.</summary>
    public IEnumerable<KeyValuePair<string, int>> Tokens() => _file.Pieces.Select((p, id) => KeyValuePair.Create(p.Text, id));

    /// <summary>Ids of a text, without any control token.</summary>
    /// <param name="text">Whole characters only.</param>
    /// <param name="dummyPrefix">Whether a space is put in front.</param>
    /// <param name="keepLeadingSpace">Keeps a leading space that the model would drop.</param>
    public void Encode(string text, List<int> ids, bool dummyPrefix, bool keepLeadingSpace = false)
    {
        string normal = _normalizer.Normalize(text, dummyPrefix, keepLeadingSpace);
        List<(int Start, int Length, int Id)> parts = [];
        if (_bpe is not null)
        {
            _bpe.Segment(normal, parts);
        }
        else
        {
            _unigram!.Segment(normal, parts);
        }

        bool afterUnknown = false;
        foreach ((int start, int length, int id) in parts)
        {
            bool unknown = id < 0;
            if (!unknown)
            {
                ids.Add(id);
            }
            else if (_file.ByteFallback)
            {
                foreach (byte value in Encoding.UTF8.GetBytes(normal.Substring(start, length)))
                {
                    ids.Add(_bytes[value] >= 0 ? _bytes[value] : _file.UnknownId);
                }
            }
            else if (!afterUnknown)
            {
                ids.Add(_file.UnknownId); // a run of unknown characters is one piece
            }

            afterUnknown = unknown && !_file.ByteFallback;
        }
    }

    /// <summary>The text of pieces: byte pieces gathered, spaces restored, the dummy space removed.</summary>
    /// <param name="pieces">Pieces in the vocabulary's spelling; what is no piece stands for itself.</param>
    /// <param name="dummyPrefix">Whether the text was encoded with a dummy space.</param>
    public string Decode(IEnumerable<string> pieces, bool dummyPrefix)
    {
        StringBuilder text = new();
        List<byte> bytes = [];
        bool atStart = true, dropped = false;
        foreach (string piece in pieces)
        {
            PieceKind kind = _ids.TryGetValue(piece, out int id) ? _file.Pieces[id].Kind : PieceKind.Normal;
            if (kind == PieceKind.Byte && ByteOf(piece) is { } value)
            {
                bytes.Add(value);
                continue;
            }

            Flush();
            atStart &= !dropped && text.Length == 0;
            string surface = kind switch { PieceKind.Control => "", PieceKind.Unknown => UnknownSurface, _ => piece };
            dropped = false;
            if (atStart && (dummyPrefix || _file.RemoveExtraSpaces) && surface.StartsWith(SpaceSymbol))
            {
                surface = surface[1..];
                dropped = !_file.RemoveExtraSpaces; // such a model drops every leading space, not only the first
            }

            text.Append(surface.Replace(SpaceSymbol, ' '));
        }

        Flush();
        return text.ToString();

        void Flush()
        {
            if (bytes.Count > 0)
            {
                text.Append(Encoding.UTF8.GetString([.. bytes]));
                bytes.Clear();
            }
        }
    }

    /// <summary>The byte of a piece spelt <c>&lt;0xHH&gt;</c>, or null.</summary>
    public static byte? ByteOf(string piece) =>
        piece.Length == 6 && piece.StartsWith("<0x", StringComparison.Ordinal) && piece[5] == '>'
        && byte.TryParse(piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : null;
}
