using static TorchSharp.torch;

namespace Pipeline.Models.Generation;

/// <summary>Watches a generation from the inside, for tests and analysis.</summary>
public interface IGenerationObserver
{
    /// <summary>Before token <paramref name="step"/> (0-based) is chosen from <paramref name="logits"/> [rows, vocabulary]; valid during the call only.</summary>
    void OnLogits(int step, Tensor logits);
}
