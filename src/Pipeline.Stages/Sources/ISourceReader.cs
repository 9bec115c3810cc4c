namespace Pipeline.Stages.Sources;

/// <summary>Opens source pictures and masks by their address.</summary>
public interface ISourceReader
{
    /// <summary>Opens the content behind an address.</summary>
    /// <exception cref="SourceException">There is none, or it may not be read.</exception>
    Stream Open(string uri);
}
