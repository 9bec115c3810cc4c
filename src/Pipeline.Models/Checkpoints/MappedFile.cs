using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Pipeline.Models.Checkpoints;

/// <summary>
/// A file mapped into memory, private to this process: pages load on demand, and a write (training in place) touches only our copy of the page.
/// The mapping lives as long as its owner or one borrowed range does, so that a tensor may outlive the reader it came from.
/// </summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private int _references = 1;
    private int _disposed;

    private MappedFile(string path, FileStream stream)
    {
        Path = path;
        Length = stream.Length;
        if (Length == 0)
        {
            return;
        }

        _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.CopyOnWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.CopyOnWrite);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Bytes when it was mapped.</summary>
    public long Length { get; }

    /// <summary>True while the mapping exists.</summary>
    public bool IsMapped => Volatile.Read(ref _references) > 0;

    /// <summary>Maps a file.</summary>
    /// <exception cref="ModelFormatException">The file is missing or cannot be read.</exception>
    public static MappedFile Open(string path)
    {
        try
        {
            FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            return new MappedFile(path, stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ModelFormatException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Bytes of a range; valid only until this object and every borrowed range are given back.</summary>
    public ReadOnlySpan<byte> Span(long offset, int count)
    {
        ObjectDisposedException.ThrowIf(!IsMapped, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        return new ReadOnlySpan<byte>(_start + offset, count);
    }

    /// <summary>Address of a range that stays valid until <see cref="Release"/> has been called once for this call.</summary>
    public nint Borrow(long offset, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - count);
        int seen = Volatile.Read(ref _references);
        while (true)
        {
            ObjectDisposedException.ThrowIf(seen <= 0, this);
            int before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen)
            {
                return (nint)(_start + offset);
            }

            seen = before;
        }
    }

    /// <summary>Gives a borrowed range back; the last one unmaps the file. May run on any thread.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) != 0)
        {
            return;
        }

        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
    }

    /// <summary>
    /// Tells the system that the pages of a range will not be read again soon, so that a file that is converted while it is read does not stay
    /// resident beside the result. Only a hint: the data stays valid.
    /// </summary>
    public void Forget(long offset, long count)
    {
        if (!OperatingSystem.IsLinux() || _start is null)
        {
            return;
        }

        // Whole pages inside the range only: a neighbour's page may be in use.
        long page = Environment.SystemPageSize;
        long begin = ((nint)_start + offset + page - 1) / page * page;
        long end = ((nint)_start + offset + count) / page * page;
        if (end > begin)
        {
            const int doNotNeed = 4; // MADV_DONTNEED; drops clean private file pages, which are read again from the file when touched
            _ = MemoryAdvise((nint)begin, (nuint)(end - begin), doNotNeed);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int MemoryAdvise(nint address, nuint length, int advice);
}
