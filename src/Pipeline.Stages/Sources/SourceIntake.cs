using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Storage;

namespace Pipeline.Stages.Sources;

/// <summary>Brings sources into the artefact store, so that every later stage reads a verified, unchanging copy.</summary>
/// <param name="reader">Opens sources.</param>
/// <param name="store">Where copies go.</param>
/// <param name="maxBytes">Largest source, bytes.</param>
public sealed class SourceIntake(ISourceReader reader, IArtefactStore store, long maxBytes)
{
    /// <summary>Default limit of a source: 256 MiB.</summary>
    public const long DefaultMaxBytes = 256L << 20;

    /// <summary>The input with its blob: as it is when stored, otherwise read from its address and checked against the declared digest.</summary>
    /// <exception cref="SourceException">The source is missing, too large or not the declared one.</exception>
    public async Task<InputRef> TakeAsync(string name, InputRef input, CancellationToken cancellation)
    {
        if (input.Blob is not null)
        {
            return input;
        }

        string uri = input.Uri ?? throw new InvalidOperationException($"input '{name}' has neither content nor address");
        Stream content = new LimitedStream(await reader.OpenAsync(uri, cancellation).ConfigureAwait(false), maxBytes, uri);
        await using (content.ConfigureAwait(false))
        {
            BlobRef blob = await store.PutBlobAsync(content, "application/octet-stream", cancellation).ConfigureAwait(false);
            return input.DeclaredSha256 is { } declared && declared != blob.Sha256
                ? throw new SourceException(ErrorCodes.SourceDigest, $"source '{uri}' has the digest {blob.Sha256}, the manifest declares {declared}")
                : input with { Blob = blob };
        }
    }

    private sealed class LimitedStream(Stream inner, long limit, string uri) : Stream
    {
        private long position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => position; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Count(inner.Read(buffer, offset, count));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Count(await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }

        private int Count(int read) => (position += read) <= limit
            ? read
            : throw new SourceException(ErrorCodes.SourceTooLarge, $"source '{uri}' is larger than {limit} bytes");
    }
}
