using Pipeline.Contracts.Json;
using Pipeline.Contracts.Jobs;
using Pipeline.Stages.Sources;
using Pipeline.Storage;
using Pipeline.Storage.S3;

namespace Pipeline.Cli.Run;

/// <summary>The manifest of a run: the user's file, or one made from the pictures on the command line.</summary>
/// <param name="Open">Opens it; may be called again and gives the same content.</param>
/// <param name="Sources">Reads the pictures it names.</param>
internal sealed record JobManifestSource(Func<Stream> Open, ISourceReader Sources)
{
    /// <exception cref="CommandFailure">Nothing to do, or the manifest cannot be opened.</exception>
    public static JobManifestSource Of(RunRequest request)
    {
        if (request.Manifest is { } path)
        {
            string full = Path.GetFullPath(path);
            if (!File.Exists(full))
            {
                throw CommandFailure.Usage($"manifest {full} does not exist");
            }

            return new JobManifestSource(() => File.OpenRead(full), Reader(Path.GetDirectoryName(full)!));
        }

        using MemoryStream lines = new();
        foreach (JobLine line in PictureSources.Collect(request.Pictures, request.Emotions))
        {
            lines.Write(ContractJson.Serialize(line));
            lines.WriteByte((byte)'\n');
        }

        byte[] bytes = lines.ToArray();
        return new JobManifestSource(() => new MemoryStream(bytes, writable: false), Reader(Directory.GetCurrentDirectory()));
    }

    // Lives as long as the process: its connections end with it.
    private static SourceReader Reader(string folder) =>
        new(new SourceOptions { BaseFolder = folder, Store = new StoreOptions { S3 = S3Access.FromEnvironment("SOURCE") } });
}
