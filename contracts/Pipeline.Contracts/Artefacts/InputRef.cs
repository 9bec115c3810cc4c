namespace Pipeline.Contracts.Artefacts;

/// <summary>
/// An input of a stage: a stored blob, or an address outside the store that the first stage brings in (<see cref="Uri"/> set, <see cref="Blob"/> null).
/// </summary>
public sealed record InputRef
{
    /// <summary>The stored content; null while only the address is known.</summary>
    public BlobRef? Blob { get; init; }

    /// <summary>Where the content came from: a path, <c>file:</c> or <c>s3:</c> address. Kept as lineage once the blob is known.</summary>
    public string? Uri { get; init; }

    /// <summary>Digest that the submitter declared for the content behind <see cref="Uri"/>; content that differs ends the item.</summary>
    public string? DeclaredSha256 { get; init; }

    /// <summary>An input that is already stored.</summary>
    public static InputRef Stored(BlobRef blob) => new() { Blob = blob };
}
