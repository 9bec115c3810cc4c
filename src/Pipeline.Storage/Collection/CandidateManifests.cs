using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Pipeline.Storage.Objects;

namespace Pipeline.Storage.Collection;

/// <summary>Manifests that no job names, with what they name, in a temporary file: there may be more of them than fit into memory. One line each: bytes, key, outputs, inputs.</summary>
internal sealed class CandidateManifests : IAsyncDisposable
{
    private FileStream file = S3.SpooledContent.Open(Path.GetTempPath());

    public ValueTask AddAsync(ObjectEntry entry, ManifestNames names, CancellationToken cancellation) =>
        file.WriteAsync(Encoding.UTF8.GetBytes($"{entry.Size}\t{entry.Key}\t{string.Join(',', names.Outputs)}\t{string.Join(',', names.Inputs)}\n"), cancellation);

    /// <summary>Takes out those that a test accepts, again and again until it accepts none: accepting one may make it accept others.</summary>
    public async Task TakeOutAsync(Func<ManifestNames, bool> accept, CancellationToken cancellation)
    {
        bool accepted = true;
        while (accepted)
        {
            accepted = false;
            FileStream rest = S3.SpooledContent.Open(Path.GetTempPath());
            await foreach ((string line, _, ManifestNames names) in LinesAsync(cancellation).ConfigureAwait(false))
            {
                if (accept(names))
                {
                    accepted = true;
                }
                else
                {
                    await rest.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellation).ConfigureAwait(false);
                }
            }

            await file.DisposeAsync().ConfigureAwait(false);
            file = rest;
        }
    }

    /// <summary>The manifests that are left, in the order of their keys.</summary>
    public async IAsyncEnumerable<ObjectEntry> EntriesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach ((_, ObjectEntry entry, _) in LinesAsync(cancellation).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    public ValueTask DisposeAsync() => file.DisposeAsync();

    private async IAsyncEnumerable<(string Line, ObjectEntry Entry, ManifestNames Names)> LinesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await file.FlushAsync(cancellation).ConfigureAwait(false);
        file.Position = 0;
        using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
        {
            string[] parts = line.Split('\t');
            yield return (line, new ObjectEntry(parts[1], long.Parse(parts[0], CultureInfo.InvariantCulture), default), new ManifestNames(Digests(parts[2]), Digests(parts[3])));
        }
    }

    private static string[] Digests(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
