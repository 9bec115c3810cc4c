using System.Runtime.CompilerServices;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Results;
using Pipeline.Stages.Collecting;
using Pipeline.Storage;
using Pipeline.Storage.Objects;

namespace Pipeline.Stages.Exporting;

/// <summary>Reads a data set that a run or a job wrote: its lines in order, its files with their digests checked.</summary>
public sealed class DataSetReader(IObjectSpace space, long maxFileBytes)
{
    private const int MaxLineBytes = 4 << 20;

    /// <summary>All lines of <c>metadata.jsonl</c>, as they are and read.</summary>
    /// <exception cref="ExportException">There is none, or a line is no record.</exception>
    public async IAsyncEnumerable<(string Line, ResultRecord Record)> LinesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectContent content = await space.TryOpenAsync(DataSetWriter.MetadataFile, cancellation).ConfigureAwait(false)
            ?? throw new ExportException($"{space.Address} has no {DataSetWriter.MetadataFile}: name the output of a finished run or job");
        await using (content.ConfigureAwait(false))
        {
            using var reader = new StreamReader(content.Stream);
            int number = 0;
            while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
            {
                number++;
                yield return (line, Parse(line, number));
            }
        }
    }

    /// <summary>The content of a file of the data set.</summary>
    /// <param name="file">Relative name, as the metadata has it.</param>
    /// <param name="sha256">Digest that it must have; null when the metadata names none.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="ExportException">It is missing, too large or not the one that the metadata speaks of.</exception>
    public async Task<byte[]> ReadAsync(string file, string? sha256, CancellationToken cancellation)
    {
        if (ObjectKeys.Problem(file) is { } problem)
        {
            throw new ExportException($"{space.Address}: the metadata names '{ObjectKeys.Shown(file)}', which cannot be used: {problem}");
        }

        byte[] content = await space.TryReadAsync(file, maxFileBytes, cancellation).ConfigureAwait(false)
            ?? throw new ExportException($"{space.Address}: '{file}' is named in the metadata and does not exist; run the job again, it restores what is missing");
        return sha256 is null || Sha256Digest.Of(content) == sha256
            ? content
            : throw new ExportException($"{space.Address}: '{file}' is not the picture that the metadata speaks of (its digest differs); delete it and run the job again");
    }

    private ResultRecord Parse(string line, int number)
    {
        try
        {
            return line.Length <= MaxLineBytes
                ? ContractJson.Deserialize<ResultRecord>(System.Text.Encoding.UTF8.GetBytes(line))
                : throw new JsonException("the line is too long");
        }
        catch (JsonException e)
        {
            throw new ExportException($"{space.Address}: line {number} of {DataSetWriter.MetadataFile} is no record of a result: {e.Message}", e);
        }
    }
}
