namespace Pipeline.Coordinator.Admission;

/// <summary>
/// Start-time fair queueing (Goyal, Vin and Cheng 1996): everyone's clock advances by what it was served over its weight, and whoever's clock is furthest behind is next. Unlike a round robin
/// with deficits it needs no turns, and a picture of any size leaves no more than its own size of unfairness.
/// </summary>
internal sealed class ServiceClock
{
    private readonly Dictionary<string, double> clocks = new(StringComparer.Ordinal);

    /// <summary>
    /// Keeps these and forgets the others. Who is new, or could not have been served, starts with those that are furthest behind: nobody saves up for later. Where nobody could be served, as when
    /// all credits are held, those who hold them count, or a newcomer would get everything until it had as much as they had ever got.
    /// </summary>
    /// <param name="keys">Who there is, and whether it could be served now.</param>
    public void Hold(IReadOnlyList<(string Key, bool CanBeServed)> keys)
    {
        var kept = keys.Select(k => k.Key).ToHashSet(StringComparer.Ordinal);
        foreach (string gone in clocks.Keys.Where(k => !kept.Contains(k)).ToArray())
        {
            clocks.Remove(gone);
        }

        double held = clocks.Values.DefaultIfEmpty(0).Min();
        double start = keys.Where(k => k.CanBeServed && clocks.ContainsKey(k.Key)).Select(k => clocks[k.Key]).DefaultIfEmpty(held).Min();
        foreach ((string key, bool canBeServed) in keys)
        {
            clocks[key] = clocks.TryGetValue(key, out double own) && canBeServed ? own : Math.Max(own, start);
        }
    }

    /// <summary>Who is next of these; at equal clocks the first.</summary>
    public string? Next(IEnumerable<string> keys) => keys.MinBy(k => clocks[k]);

    /// <summary>Notes that somebody was served.</summary>
    public void Serve(string key, double items, int weight) => clocks[key] += items / weight;
}
