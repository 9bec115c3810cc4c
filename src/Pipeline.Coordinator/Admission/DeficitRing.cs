namespace Pipeline.Coordinator.Admission;

/// <summary>
/// Deficit round robin (Shreedhar and Varghese 1995): whoever's turn it is gets a quantum on top of what it has left, and is served while that lasts. Service that came in a larger piece
/// than the deficit leaves a debt, which later turns pay.
/// </summary>
internal sealed class DeficitRing
{
    private const int MaxDeficit = 1 << 16;
    private readonly List<Entry> entries = [];
    private int at;

    /// <summary>Makes the ring hold these keys; known ones keep their place and deficit.</summary>
    public void Hold(IReadOnlyList<(string Key, int Weight)> keys)
    {
        var wanted = keys.ToDictionary(k => k.Key, k => k.Weight, StringComparer.Ordinal);
        string? current = entries.Count > 0 ? entries[at].Key : null;
        entries.RemoveAll(e => !wanted.ContainsKey(e.Key));
        foreach (Entry entry in entries)
        {
            entry.Weight = Math.Max(1, wanted[entry.Key]);
            wanted.Remove(entry.Key);
        }

        entries.AddRange(keys.Where(k => wanted.ContainsKey(k.Key)).Select(k => new Entry(k.Key) { Weight = Math.Max(1, k.Weight) }));
        at = Math.Max(0, entries.FindIndex(e => e.Key == current));
    }

    /// <summary>Whose turn it is, and what it may take; null when nobody is eligible.</summary>
    public (string Key, int Deficit)? Turn(Func<string, bool> eligible, int quantum)
    {
        if (!entries.Exists(e => eligible(e.Key)))
        {
            return null;
        }

        while (!eligible(entries[at].Key) || entries[at].Deficit < 1)
        {
            Next(eligible, quantum);
        }

        return (entries[at].Key, entries[at].Deficit);
    }

    /// <summary>Takes from an entry's deficit.</summary>
    public void Take(string key, int items)
    {
        if (entries.Find(e => e.Key == key) is { } entry)
        {
            entry.Deficit -= items;
        }
    }

    /// <summary>Ends a turn early: what is left is kept for the next one.</summary>
    public void Next(Func<string, bool> eligible, int quantum)
    {
        at = (at + 1) % entries.Count;
        if (eligible(entries[at].Key))
        {
            entries[at].Deficit = Math.Min(MaxDeficit, entries[at].Deficit + (quantum * entries[at].Weight));
        }
    }

    private sealed class Entry(string key)
    {
        public string Key => key;

        public int Weight { get; set; }

        public int Deficit { get; set; }
    }
}
