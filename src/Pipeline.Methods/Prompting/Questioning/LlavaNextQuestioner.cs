using Pipeline.Imaging;
using Pipeline.Models.Generation;
using Pipeline.Models.LlavaNext;

namespace Pipeline.Methods.Prompting;

/// <summary>LLaVA-NeXT as the multimodal model, as in the paper. The model stays the caller's.</summary>
public sealed class LlavaNextQuestioner(LlavaNextModel model) : IVisualQuestioner
{
    /// <inheritdoc/>
    public IPictureConversation Look(RgbImage picture) => new Conversation(model.Look(picture));

    private sealed class Conversation(LlavaNextSession session) : IPictureConversation
    {
        public IReadOnlyList<IVisualAnswer> Ask(IReadOnlyList<string> questions, AskOptions options, CancellationToken cancellation)
        {
            var generation = new GenerationOptions { MaxNewTokens = options.MaxNewTokens, Temperature = options.Temperature, Seed = options.Seed };
            return questions.Count == 1
                ? [new Answer(session.Ask(questions[0], generation, cancellation))]
                : [.. session.AskAll(questions, generation, cancellation).Select(a => new Answer(a))];
        }

        public void Dispose() => session.Dispose();
    }

    private sealed class Answer(GeneratedAnswer answer) : IVisualAnswer
    {
        public string Text => answer.Text;

        public IReadOnlyList<(int Start, int End)> Tokens { get; } = [.. answer.TokenSpans.Select(s => (s.Start, s.End))];

        public IReadOnlyList<AttentionGrid> AttentionOf(IReadOnlyList<int> tokens)
        {
            var attention = answer.AttentionToImage(tokens);
            return [.. attention.Rows.Select(row => new AttentionGrid(attention.Grid, row))];
        }

        public void Dispose() => answer.Dispose();
    }
}
