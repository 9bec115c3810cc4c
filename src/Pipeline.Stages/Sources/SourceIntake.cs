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
        Stream content = new LimitedStream(
            await reader.OpenAsync(uri, cancellation).ConfigureAwait(false), maxBytes, () => new SourceException(ErrorCodes.SourceTooLarge, $"source '{uri}' is larger than {maxBytes} bytes"));
        await using (content.ConfigureAwait(false))
        {
            BlobRef blob = await store.PutBlobAsync(content, "application/octet-stream", cancellation).ConfigureAwait(false);
            return input.DeclaredSha256 is { } declared && declared != blob.Sha256
                ? throw new SourceException(ErrorCodes.SourceDigest, $"source '{uri}' has the digest {blob.Sha256}, the manifest declares {declared}")
                : input with { Blob = blob };
        }
    }
}
