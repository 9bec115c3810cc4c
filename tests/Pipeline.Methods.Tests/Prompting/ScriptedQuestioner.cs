using Pipeline.Imaging;
using Pipeline.Methods.Prompting;

namespace Pipeline.Methods.Tests.Prompting;

/// <summary>
/// A multimodal model that gives recorded answers: the first script whose key occurs in the question. Its tokens are pieces of up to four characters, and its
/// attention is a block of 2x2 cells at the place given for a word, a flat plane for other tokens, and a sink in the upper left cell for all.
/// </summary>
internal sealed class ScriptedQuestioner(params (string Key, string Answer)[] script) : IVisualQuestioner
{
    public const int Grid = 8;

    /// <summary>Where words are looked for: row and column of the block's upper left cell.</summary>
    public Dictionary<string, (int Row, int Column)> Places { get; } = [];

    public List<IReadOnlyList<string>> Asked { get; } = [];

    public List<AskOptions> Options { get; } = [];

    /// <summary>How often the picture alone was asked about; answered with <see cref="Scene"/> unless the script says otherwise.</summary>
    public int SceneQuestions { get; private set; }

    public string Scene { get; init; } = "A red rose in a clay pot";

    public int Looks { get; private set; }

    public int Open { get; private set; }

    public int AttentionPasses { get; private set; }

    public bool HasAttention { get; init; } = true;

    public IPictureConversation Look(RgbImage picture)
    {
        Looks++;
        Open++;
        return new Conversation(this);
    }

    private IReadOnlyList<IVisualAnswer> Answers(IReadOnlyList<string> questions)
    {
        if (questions is [SceneQuestion.Text])
        {
            SceneQuestions++;
            return [new Answer(this, script.FirstOrDefault(s => SceneQuestion.Text.Contains(s.Key, StringComparison.Ordinal)).Answer ?? $"{{\"source_caption\": \"{Scene}\"}}")];
        }
        Asked.Add(questions);
        return [.. questions.Select(q => new Answer(this, script.First(s => q.Contains(s.Key, StringComparison.Ordinal)).Answer))];
    }

    private sealed class Conversation(ScriptedQuestioner owner) : IPictureConversation
    {
        public IReadOnlyList<IVisualAnswer> Ask(IReadOnlyList<string> questions, AskOptions options, CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            if (questions is not [SceneQuestion.Text])
                owner.Options.Add(options);
            return owner.Answers(questions);
        }

        public void Dispose() => owner.Open--;
    }

    private sealed class Answer : IVisualAnswer
    {
        private readonly ScriptedQuestioner _owner;

        public Answer(ScriptedQuestioner owner, string text)
        {
            (_owner, Text) = (owner, text);
            owner.Open++;
            Tokens = [.. Enumerable.Range(0, (text.Length + 3) / 4).Select(i => (4 * i, Math.Min(4 * i + 4, text.Length)))];
        }

        public string Text { get; }

        public IReadOnlyList<(int Start, int End)> Tokens { get; }

        public IReadOnlyList<AttentionGrid>? AttentionOf(IReadOnlyList<int> tokens)
        {
            _owner.AttentionPasses++;
            return _owner.HasAttention ? [.. tokens.Select(Row)] : null;
        }

        public void Dispose() => _owner.Open--;

        private AttentionGrid Row(int token)
        {
            var values = Enumerable.Repeat(0.001f, Grid * Grid).ToArray();
            values[0] = 0.5f;
            foreach (var (word, (row, column)) in _owner.Places)
            {
                for (var at = Text.IndexOf(word, StringComparison.Ordinal); at >= 0; at = Text.IndexOf(word, at + 1, StringComparison.Ordinal))
                {
                    if (Tokens[token].Start < at + word.Length && Tokens[token].End > at)
                        values[row * Grid + column] = values[row * Grid + column + 1] = values[(row + 1) * Grid + column] = values[(row + 1) * Grid + column + 1] = 0.2f;
                }
            }
            return new AttentionGrid(Grid, values);
        }
    }
}
