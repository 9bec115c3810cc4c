namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>The contents of a sentencepiece <c>ModelProto</c> that encoding needs. Absent booleans mean true, as the format's schema says.</summary>
internal sealed record SentencePieceFile
{
    /// <summary>Largest file read.</summary>
    public const long MaximumBytes = 128L << 20;

    private const int MaximumPieces = 1 << 22;

    /// <summary>All entries; the index is the id.</summary>
    public List<Piece> Pieces { get; private init; } = [];

    /// <summary>True for unigram, false for BPE.</summary>
    public bool IsUnigram { get; private set; } = true;

    /// <summary>Whether unknown characters become byte pieces.</summary>
    public bool ByteFallback { get; private set; }

    /// <summary>Id of the unknown piece.</summary>
    public int UnknownId { get; private set; }

    /// <summary>The compiled character map; empty when there is none.</summary>
    public byte[] CharacterMap { get; private set; } = [];

    /// <summary>Whether a space is put before the text.</summary>
    public bool AddDummyPrefix { get; private set; } = true;

    /// <summary>Whether leading, trailing and repeated spaces are dropped.</summary>
    public bool RemoveExtraSpaces { get; private set; } = true;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ModelFormatException">Not a sentencepiece model, or one of a kind that is not supported.</exception>
    public static SentencePieceFile Read(string path)
    {
        FileInfo info = new(path);
        if (!info.Exists || info.Length > MaximumBytes)
        {
            throw new ModelFormatException(info.Exists ? $"{path}: {info.Length} bytes, more than the limit of {MaximumBytes}" : $"{path}: no such file");
        }

        return Parse(File.ReadAllBytes(path), path);
    }

    /// <summary>Reads the bytes of a file; <paramref name="path"/> is for messages.</summary>
    public static SentencePieceFile Parse(ReadOnlySpan<byte> bytes, string path)
    {
        SentencePieceFile file = new();
        ProtobufReader reader = new(bytes, path);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    file.Pieces.Add(ReadPiece(reader.Bytes(), path));
                    break;
                case 2:
                    file.ReadTrainer(reader.Bytes(), path);
                    break;
                case 3:
                    file.ReadNormalizer(reader.Bytes(), path);
                    break;
                default:
                    reader.Skip();
                    break;
            }

            if (file.Pieces.Count > MaximumPieces)
            {
                throw new ModelFormatException($"{path}: more than {MaximumPieces} pieces");
            }
        }

        return file.FindUnknown(path);
    }

    /// <summary>A model from its parts, as tokenizer.json holds them.</summary>
    /// <exception cref="ModelFormatException">No piece is the unknown one.</exception>
    public static SentencePieceFile FromParts(
        IEnumerable<Piece> pieces, bool isUnigram, bool byteFallback, byte[] characterMap, bool addDummyPrefix, bool removeExtraSpaces, string path)
    {
        SentencePieceFile file = new()
        {
            Pieces = [.. pieces],
            IsUnigram = isUnigram,
            ByteFallback = byteFallback,
            CharacterMap = characterMap,
            AddDummyPrefix = addDummyPrefix,
            RemoveExtraSpaces = removeExtraSpaces,
        };
        return file.FindUnknown(path);
    }

    private static Piece ReadPiece(ReadOnlySpan<byte> bytes, string path)
    {
        string text = "";
        float score = 0;
        PieceKind kind = PieceKind.Normal;
        ProtobufReader reader = new(bytes, path);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    text = reader.Text();
                    break;
                case 2:
                    score = reader.Single();
                    break;
                case 3:
                    kind = (PieceKind)reader.Integer();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return float.IsFinite(score) && Enum.IsDefined(kind)
            ? new Piece(text, score, kind)
            : throw new ModelFormatException($"{path}: piece '{text}' has score {score} and kind {(int)kind}");
    }

    private SentencePieceFile FindUnknown(string path)
    {
        int unknown = Pieces.FindIndex(p => p.Kind == PieceKind.Unknown);
        UnknownId = unknown >= 0 ? unknown : throw new ModelFormatException($"{path}: has no unknown piece among its {Pieces.Count}");
        return this;
    }

    private void ReadTrainer(ReadOnlySpan<byte> bytes, string path)
    {
        ProtobufReader reader = new(bytes, path);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 3:
                    long kind = reader.Integer();
                    IsUnigram = kind is 1 or 2 ? kind == 1 : throw new ModelFormatException($"{path}: model type {kind}; only unigram (1) and BPE (2) are supported");
                    break;
                case 35:
                    ByteFallback = reader.Integer() != 0;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadNormalizer(ReadOnlySpan<byte> bytes, string path)
    {
        ProtobufReader reader = new(bytes, path);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    CharacterMap = reader.Bytes().ToArray();
                    break;
                case 3:
                    AddDummyPrefix = reader.Integer() != 0;
                    break;
                case 4:
                    RemoveExtraSpaces = reader.Integer() != 0;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }
}
