using static TorchSharp.torch;

namespace Pipeline.Models.Generation;

/// <summary>A batch of half-written texts inside a language model: all that the loops of this folder know about models.</summary>
public interface IDecodingState : IDisposable
{
    /// <summary>Texts in the batch.</summary>
    int Rows { get; }

    /// <summary>Reads the prompt. Returns the raw logits of the first new token, fp32 [rows, vocabulary]; the caller's.</summary>
    Tensor Start();

    /// <summary>Appends one token to each row. Returns the raw logits of the next one, fp32 [rows, vocabulary]; the caller's.</summary>
    Tensor Step(IReadOnlyList<int> tokens);

    /// <summary>Repeats every row <paramref name="copies"/> times in place: row r becomes rows r·copies … r·copies + copies − 1.</summary>
    void Expand(int copies);

    /// <summary>Row i continues the text of row <paramref name="rows"/>[i]. Only rows with the same prompt may replace one another.</summary>
    void Reorder(IReadOnlyList<int> rows);
}
