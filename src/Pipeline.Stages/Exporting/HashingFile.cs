using System.Security.Cryptography;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Exporting;

/// <summary>A file of an export that is being written, and its digest.</summary>
internal sealed class HashingFile(string key, IObjectWriter writer) : IAsyncDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public string Key { get; } = key;

    public long Length { get; private set; }

    public async Task WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        hash.AppendData(content.Span);
        Length += content.Length;
        await writer.Stream.WriteAsync(content, cancellation).ConfigureAwait(false);
    }

    /// <summary>Gives the file its name; returns its digest.</summary>
    public async Task<string> CommitAsync(CancellationToken cancellation)
    {
        await writer.CommitAsync(cancellation).ConfigureAwait(false);
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    public ValueTask DisposeAsync()
    {
        hash.Dispose();
        return writer.DisposeAsync();
    }
}
