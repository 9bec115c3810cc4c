namespace Pipeline.Diffusion.Sampling;

/// <summary>
/// Text states of one model by text: negative and positive prompts and emotion templates are constant over a job. The least recently used entry leaves when the cache is full.
/// </summary>
/// <param name="model">Whose text encoder is asked.</param>
/// <param name="capacity">Most entries. Default 256.</param>
public sealed class TextCache(IDiffusionModel model, int capacity = 256) : IDisposable
{
    private readonly Dictionary<string, LinkedListNode<(string Text, TextStates States)>> entries = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Text, TextStates States)> recent = new();

    /// <summary>How often the encoder was asked.</summary>
    public long Misses { get; private set; }

    /// <summary>The states of <paramref name="text"/>. Owned by the caller, so an entry may leave the cache while they are in use; nothing is copied.</summary>
    public TextStates Encode(string text)
    {
        TextStates states;
        if (entries.TryGetValue(text, out LinkedListNode<(string Text, TextStates States)>? node))
        {
            recent.Remove(node);
            recent.AddFirst(node);
            states = node.Value.States;
        }
        else
        {
            states = Add(text);
        }

        return states with { States = states.States.alias() };
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach ((string _, TextStates states) in recent)
        {
            states.States.Dispose();
        }

        recent.Clear();
        entries.Clear();
    }

    private TextStates Add(string text)
    {
        Misses++;
        TextStates fresh = model.EncodeText(text);
        fresh.States.DetachFromDisposeScope();
        entries[text] = recent.AddFirst((text, fresh));
        if (entries.Count > capacity && recent.Last is { } last)
        {
            recent.RemoveLast();
            entries.Remove(last.Value.Text);
            last.Value.States.States.Dispose();
        }

        return fresh;
    }
}
