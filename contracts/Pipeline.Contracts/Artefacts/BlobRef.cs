namespace Pipeline.Contracts.Artefacts;

/// <summary>A content-addressed piece of data in the artefact store. Messages carry these, never the bytes.</summary>
/// <param name="Sha256">SHA-256 of the content, 64 lower-case hexadecimal digits.</param>
/// <param name="Size">Length of the content in bytes.</param>
/// <param name="MediaType">What the bytes are, for example <c>image/png</c>.</param>
public sealed record BlobRef(string Sha256, long Size, string MediaType);
