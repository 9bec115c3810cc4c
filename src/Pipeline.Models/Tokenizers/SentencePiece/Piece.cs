namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>An entry of a sentencepiece vocabulary.</summary>
internal readonly record struct Piece(string Text, float Score, PieceKind Kind);
