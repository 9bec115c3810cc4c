namespace Pipeline.Stages.Sources;

/// <summary>Opens source pictures and masks by their address. Safe for concurrent use.</summary>
public interface ISourceReader
{
    /// <summary>Opens the content behind an address, for one reading from start to end.</summary>
    /// <exception cref="SourceException">There is none, or it may not be read.</exception>
    /// <exception cref="Contracts.Errors.PipelineException">Its store failed; see the class for whether to try again.</exception>
    Task<Stream> OpenAsync(string uri, CancellationToken cancellation);
}
