namespace Pipeline.Stages.Exporting;

/// <summary>How an exported data set looks.</summary>
public enum ExportFormat
{
    /// <summary>Pictures in folders with a <c>metadata.jsonl</c> for each split, as image-folder loaders read them.</summary>
    ImageFolder,

    /// <summary>Tar shards whose members of one sample share a name, as WebDataset reads them.</summary>
    WebDataset,
}
