using Pipeline.Models.Tokenizers;

namespace Pipeline.Training.Language;

/// <summary>A tokenizer that is learned from a text when it is first asked for, once a process; its files are kept, so that every export writes the same bytes at no cost.</summary>
/// <param name="learn">Learns it and writes its files into an existing folder.</param>
internal sealed class LearnedTokenizer(Action<string> learn)
{
    private readonly Lazy<(ITokenizer Tokenizer, IReadOnlyList<(string Name, byte[] Content)> Files)> _learned = new(() => Learn(learn));

    /// <summary>The tokenizer as the pipeline loads it.</summary>
    public ITokenizer Value => _learned.Value.Tokenizer;

    /// <summary>Writes its files into an existing folder.</summary>
    public void Write(string folder)
    {
        foreach ((string name, byte[] content) in _learned.Value.Files)
        {
            File.WriteAllBytes(Path.Combine(folder, name), content);
        }
    }

    private static (ITokenizer Tokenizer, IReadOnlyList<(string Name, byte[] Content)> Files) Learn(Action<string> learn)
    {
        string folder = Directory.CreateTempSubdirectory("moodpipe-tokenizer-").FullName;
        try
        {
            learn(folder);
            return (TokenizerLoader.Load(folder), [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(f => (Path.GetFileName(f), File.ReadAllBytes(f)))]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
