namespace Pipeline.Stages.Exporting;

/// <summary>Writes one layout. Samples come in the order of the data set; nothing that was written depends on how fast that went.</summary>
internal interface IExportWriter : IAsyncDisposable
{
    /// <summary>Adds a sample.</summary>
    Task AddAsync(ExportSample sample, CancellationToken cancellation);

    /// <summary>Ends all files; returns them with their digests.</summary>
    Task<IReadOnlyDictionary<string, string>> FinishAsync(CancellationToken cancellation);
}
