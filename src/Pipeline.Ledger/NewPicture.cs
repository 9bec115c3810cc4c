namespace Pipeline.Ledger;

/// <summary>A picture to import, with its wanted edits.</summary>
/// <param name="Id">Name in the manifest.</param>
/// <param name="SourceUri">Where it is.</param>
/// <param name="DeclaredSha256">Expected digest.</param>
/// <param name="LineJson">The manifest line as JSON.</param>
/// <param name="Items">Wanted edits, in order.</param>
public sealed record NewPicture(string Id, string SourceUri, string? DeclaredSha256, string LineJson, IReadOnlyList<NewItem> Items);
