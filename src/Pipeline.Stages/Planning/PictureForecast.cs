namespace Pipeline.Stages.Planning;

/// <summary>What one picture of a job will need.</summary>
/// <param name="Stages">Counts by stage.</param>
/// <param name="Items">Edits.</param>
/// <param name="FoundItems">Edits of which every stage is stored: they cost nothing.</param>
/// <param name="ImpossibleItems">Edits that will fail, because their line asks for something impossible.</param>
/// <param name="Problem">Why the picture could not be read here, or an edit is impossible; null where neither is so.</param>
public sealed record PictureForecast(IReadOnlyDictionary<string, StageCount> Stages, int Items, int FoundItems, int ImpossibleItems, string? Problem)
{
    /// <summary>Whether the picture's digest is known: it could be read, or its line declares it.</summary>
    public bool IsReadable { get; init; } = true;
}
