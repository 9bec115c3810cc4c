namespace Pipeline.Stages.Sources;

/// <summary>
/// Names pictures of a folder by their keys without extension, where no other picture has that name, and with it otherwise. The keys come in their order, and only those are held whose name
/// may still be taken by a later one.
/// </summary>
public static class PictureNames
{
    private const int MostWaiting = 100_000;

    /// <summary>Keys with their names, in order.</summary>
    /// <param name="keys">Keys of pictures in ordinal order.</param>
    /// <param name="cancellation">Stops.</param>
    public static async IAsyncEnumerable<(string Name, string Key)> OfAsync(IAsyncEnumerable<string> keys, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var waiting = new Queue<(string Key, Group Group)>();
        var open = new Dictionary<string, Group>(StringComparer.Ordinal);
        await foreach (string key in keys.WithCancellation(cancellation).ConfigureAwait(false))
        {
            // All pictures of one name lie together, at most with longer names between them that begin with it.
            foreach (string stem in open.Keys.Where(s => !key.StartsWith(s + ".", StringComparison.Ordinal)).ToArray())
            {
                open[stem].IsClosed = true;
                open.Remove(stem);
            }

            string own = Stem(key);
            Group group = open.TryGetValue(own, out Group? known) ? known : open[own] = new Group();
            group.Count++;
            waiting.Enqueue((key, group));
            while (waiting.TryPeek(out (string Key, Group Group) first) && (first.Group.IsClosed || waiting.Count > MostWaiting))
            {
                // Who cannot wait any longer keeps the extension, and so do all of that name.
                first.Group.Count += first.Group.IsClosed ? 0 : 2;
                waiting.Dequeue();
                yield return (Name(first.Key, first.Group), first.Key);
            }
        }

        while (waiting.TryDequeue(out (string Key, Group Group) rest))
        {
            yield return (Name(rest.Key, rest.Group), rest.Key);
        }
    }

    private static string Stem(string key) => key[..^Path.GetExtension(key).Length];

    // A name that looks like a picture's could be another picture's whole key.
    private static string Name(string key, Group group) => group.Count == 1 && !SourceListing.IsPicture(Stem(key)) ? Stem(key) : key;

    private sealed class Group
    {
        public int Count { get; set; }

        public bool IsClosed { get; set; }
    }
}
