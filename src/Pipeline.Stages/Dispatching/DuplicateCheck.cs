using System.Runtime.InteropServices;

namespace Pipeline.Stages.Dispatching;

/// <summary>
/// Finds edits that a manifest asks for more than once, in bounded memory: what does not fit is sorted into files, which are merged at the end. A file takes 24 bytes an edit.
/// </summary>
/// <param name="mostHeld">Most edits in memory; default about a million, 32 MB.</param>
/// <param name="folder">Where the files are; default the system's folder for temporary files. They are gone when the check is disposed of.</param>
public sealed class DuplicateCheck(int mostHeld = 1 << 20, string? folder = null) : IDisposable
{
    private readonly List<Entry> held = [];
    private readonly List<FileStream> runs = [];

    /// <summary>Files so far.</summary>
    public int Files => runs.Count;

    /// <summary>Takes an edit.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Add(UInt128 identity, int line)
    {
        held.Add(new Entry(identity, line));
        if (held.Count >= mostHeld)
        {
            Spill();
        }
    }

    /// <summary>The edits that were taken before, by the line that asks again and the first that asked; in no order of lines.</summary>
    public IEnumerable<(UInt128 Identity, int Line, int First)> Find()
    {
        if (runs.Count > 0)
        {
            Spill();
        }

        Entry? first = null;
        foreach (Entry entry in runs.Count == 0 ? Sorted() : Merged())
        {
            if (first is { } before && before.Identity == entry.Identity)
            {
                yield return (entry.Identity, entry.Line, before.Line);
                continue;
            }

            first = entry;
        }
    }

    /// <summary>Deletes the files.</summary>
    public void Dispose() => runs.ForEach(r => r.Dispose());

    private List<Entry> Sorted()
    {
        held.Sort(Compare);
        return held;
    }

    private void Spill()
    {
        string path = Path.Combine(folder ?? Path.GetTempPath(), $"moodpipe-edits-{Guid.NewGuid():n}");
        var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose, BufferSize = 1 << 16 });
        runs.Add(file);
        foreach (Entry entry in Sorted())
        {
            file.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<Entry>(in entry)));
        }

        held.Clear();
    }

    private IEnumerable<Entry> Merged()
    {
        var next = new PriorityQueue<(FileStream Run, Entry Entry), Entry>(Comparer<Entry>.Create(Compare));
        foreach (FileStream run in runs)
        {
            run.Position = 0;
            Take(run, next);
        }

        while (next.TryDequeue(out (FileStream Run, Entry Entry) first, out _))
        {
            yield return first.Entry;
            Take(first.Run, next);
        }
    }

    private static void Take(FileStream run, PriorityQueue<(FileStream Run, Entry Entry), Entry> next)
    {
        Entry entry = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<Entry>(ref entry));
        if (run.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length)
        {
            next.Enqueue((run, entry), entry);
        }
    }

    private static int Compare(Entry a, Entry b) => a.Identity != b.Identity ? a.Identity.CompareTo(b.Identity) : a.Line.CompareTo(b.Line);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Entry(UInt128 Identity, int Line);
}
