namespace Pipeline.Models.Tokenizers;

/// <summary>
/// Text to token ids and back, exactly as the published model was trained. Implementations are immutable and safe for use from several threads;
/// no text makes them throw (a lone surrogate counts as U+FFFD).
/// </summary>
public interface ITokenizer
{
    /// <summary>One more than the largest id that has a text. A model's embedding table can be longer.</summary>
    int VocabularySize { get; }

    /// <summary>Start token, or null when the vocabulary has none.</summary>
    int? BeginId { get; }

    /// <summary>End token, or null when the vocabulary has none.</summary>
    int? EndId { get; }

    /// <summary>Padding token, or null when none is configured.</summary>
    int? PadId { get; }

    /// <summary>Longest sequence the model takes, as its files say; <see cref="int.MaxValue"/> when they set no limit.</summary>
    int MaximumLength { get; }

    /// <summary>Ids of a text with the model's start and end tokens, not truncated.</summary>
    IReadOnlyList<int> Encode(string text);

    /// <summary>Text of ids. An id that the vocabulary does not have (a padded embedding row) gives no text.</summary>
    /// <param name="ids">Ids, in any number.</param>
    /// <param name="skipSpecial">Leaves out start, end, padding and other control tokens.</param>
    string Decode(IReadOnlyList<int> ids, bool skipSpecial = true);

    /// <summary>The vocabulary's spelling of a token (byte symbols, <c>▁</c> and <c>&lt;/w&gt;</c> included), or null.</summary>
    string? TokenText(int id);

    /// <summary>The id of a token in the vocabulary's spelling, or null.</summary>
    int? TokenId(string token);

    /// <summary>Whether a token is a control token: start, end, padding, unknown, image and the like.</summary>
    bool IsSpecial(int id);
}
