using System.Buffers;
using System.Text;

namespace Pipeline.Models.Tokenizers.SentencePiece;

/// <summary>Applies the character map, drops extra spaces, puts the dummy space in front and writes spaces as U+2581.</summary>
internal sealed class SentencePieceNormalizer(CharacterMap map, bool removeExtraSpaces)
{
    private const byte Space = (byte)' ';

    /// <summary>The normalised text.</summary>
    /// <param name="text">Whole characters only.</param>
    /// <param name="dummyPrefix">Whether a space is put in front; never before an empty text.</param>
    /// <param name="keepLeadingSpace">Keeps leading spaces (as one, where extra ones are removed): for a part that continues a text.</param>
    public string Normalize(string text, bool dummyPrefix, bool keepLeadingSpace = false)
    {
        ReadOnlySpan<byte> input = Encoding.UTF8.GetBytes(text);
        ArrayBufferWriter<byte> output = new(Math.Max(16, input.Length + 1));
        bool afterSpace = removeExtraSpaces && !keepLeadingSpace;
        bool started = false;
        while (!input.IsEmpty)
        {
            ReadOnlySpan<byte> piece = map.Next(input, out int consumed);
            input = input[consumed..];
            piece = afterSpace ? piece.TrimStart(Space) : piece;
            if (!piece.IsEmpty)
            {
                // Text that consists of nothing but removable spaces gets no dummy prefix: it is empty.
                if (!started && dummyPrefix)
                {
                    output.Write([Space]);
                }

                started = true;
                output.Write(piece);
                afterSpace = removeExtraSpaces && piece[^1] == Space;
            }
        }

        ReadOnlySpan<byte> written = removeExtraSpaces ? output.WrittenSpan.TrimEnd(Space) : output.WrittenSpan;
        return Encoding.UTF8.GetString(written).Replace(' ', SentencePieceModel.SpaceSymbol);
    }
}
