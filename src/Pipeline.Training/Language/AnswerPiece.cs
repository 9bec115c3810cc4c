namespace Pipeline.Training.Language;

/// <summary>A part of an answer that the tokenizer has as one token.</summary>
/// <param name="Text">The part.</param>
/// <param name="Region">What the part names in the picture, 64 x 64 values 0..1; null where it names nothing.</param>
internal readonly record struct AnswerPiece(string Text, float[]? Region = null);
