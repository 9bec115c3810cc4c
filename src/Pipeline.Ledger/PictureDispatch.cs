namespace Pipeline.Ledger;

/// <summary>Items of one picture that were claimed together and travel in one message.</summary>
/// <param name="JobId">Job.</param>
/// <param name="Picture">Number of the picture in the job.</param>
/// <param name="SourceUri">Where it is.</param>
/// <param name="DeclaredSha256">Expected digest.</param>
/// <param name="LineJson">The manifest line as JSON.</param>
/// <param name="Attempt">Try, from 0: the same for all items of the dispatch.</param>
/// <param name="Epoch">Epoch: the same for all items of the dispatch.</param>
/// <param name="Items">The items.</param>
public sealed record PictureDispatch(
    string JobId, long Picture, string SourceUri, string? DeclaredSha256, string LineJson, int Attempt, int Epoch, IReadOnlyList<DispatchItem> Items)
{
    /// <summary>Whether its one item has killed a worker before and must be run alone, where no other item pays for it.</summary>
    public bool Suspect { get; init; }
}
