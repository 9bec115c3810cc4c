using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Pipeline.Storage.Objects;

namespace Pipeline.Storage.Collection;

/// <summary>Lists of doomed objects in the store: <c>gc/{time}/doomed</c>, one line <c>{bytes} {key}</c> each, in the order of the keys.</summary>
internal static class DoomedList
{
    private const string Folder = "gc/";
    private const string Name = "/doomed";
    private const string Format = "yyyyMMdd'T'HHmmssfff'Z'";

    public static string KeyOf(DateTimeOffset time) => Folder + time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture) + Name;

    /// <summary>The lists of earlier collections, oldest first.</summary>
    public static async Task<List<(string Key, DateTimeOffset Time)>> FindAsync(IObjectSpace space, CancellationToken cancellation)
    {
        var lists = new List<(string, DateTimeOffset)>();
        await foreach (ObjectEntry entry in space.ListAsync(Folder, null, cancellation).ConfigureAwait(false))
        {
            string middle = entry.Key.EndsWith(Name, StringComparison.Ordinal) ? entry.Key[Folder.Length..^Name.Length] : "";
            if (DateTimeOffset.TryParseExact(middle, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            {
                lists.Add((entry.Key, time));
            }
        }

        return lists;
    }

    public static ValueTask WriteAsync(Stream stream, ObjectEntry entry, CancellationToken cancellation) =>
        stream.WriteAsync(Encoding.UTF8.GetBytes($"{entry.Size} {entry.Key}\n"), cancellation);

    public static async IAsyncEnumerable<ObjectEntry> ReadAsync(IObjectSpace space, string key, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectContent? content = await space.TryOpenAsync(key, cancellation).ConfigureAwait(false);
        if (content is null)
        {
            yield break;
        }

        await using (content.ConfigureAwait(false))
        {
            using var reader = new StreamReader(content.Stream, Encoding.UTF8);
            while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
            {
                int space1 = line.IndexOf(' ', StringComparison.Ordinal);
                if (space1 > 0 && long.TryParse(line.AsSpan(0, space1), NumberStyles.None, CultureInfo.InvariantCulture, out long size))
                {
                    yield return new ObjectEntry(line[(space1 + 1)..], size, default);
                }
            }
        }
    }

    /// <summary>What stands in both of two ordered lists.</summary>
    public static async IAsyncEnumerable<ObjectEntry> InBothAsync(IAsyncEnumerable<ObjectEntry> first, IAsyncEnumerable<ObjectEntry> second, [EnumeratorCancellation] CancellationToken cancellation)
    {
        IAsyncEnumerator<ObjectEntry> b = second.GetAsyncEnumerator(cancellation);
        await using (b.ConfigureAwait(false))
        {
            bool more = await b.MoveNextAsync().ConfigureAwait(false);
            await foreach (ObjectEntry a in first.WithCancellation(cancellation).ConfigureAwait(false))
            {
                while (more && string.CompareOrdinal(b.Current.Key, a.Key) < 0)
                {
                    more = await b.MoveNextAsync().ConfigureAwait(false);
                }

                if (more && b.Current.Key == a.Key)
                {
                    yield return a;
                }
            }
        }
    }
}
