namespace Pipeline.Models.LlavaNext;

/// <summary>The conversation format that a decoder was tuned on; the picture comes first, so questions about one picture share a long prefix.</summary>
public static class ChatTemplate
{
    private const string ImageMark = "<image>";

    /// <summary>
    /// Wraps a question for a decoder kind: <c>mistral</c> gets the instruction brackets of Mistral-Instruct, <c>llama</c> Vicuna's conversation.
    /// </summary>
    /// <exception cref="ArgumentException">The question itself contains the image mark, or the kind is unknown.</exception>
    public static string Wrap(string kind, string question)
    {
        if (question.Contains(ImageMark, StringComparison.Ordinal))
        {
            throw new ArgumentException($"A question must not contain '{ImageMark}': the picture's place is fixed by the template.", nameof(question));
        }

        return kind switch
        {
            "mistral" => $"[INST] {ImageMark}\n{question} [/INST]",
            "llama" => "A chat between a curious human and an artificial intelligence assistant. "
                + $"The assistant gives helpful, detailed, and polite answers to the human's questions. USER: {ImageMark}\n{question} ASSISTANT:",
            _ => throw new ArgumentException($"There is no chat template for decoder kind '{kind}'.", nameof(kind)),
        };
    }
}
