using System.Collections;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;

namespace Pipeline.Stages.Dispatching;

/// <summary>The lines of a manifest that ask for edits again: a bit a line, and the first lines of some of the edits, for messages.</summary>
public sealed class DuplicateLines
{
    private const int MostWorded = 10_000;
    private const int MaxErrors = 10;
    private readonly BitArray lines = new(0);
    private readonly Dictionary<(UInt128 Identity, int Line), int> firsts = [];

    /// <summary>Collects what a check found.</summary>
    public DuplicateLines(IEnumerable<(UInt128 Identity, int Line, int First)> found)
    {
        foreach ((UInt128 identity, int line, int first) in found)
        {
            lines.Length = Math.Max(lines.Length, line + 1);
            lines[line] = true;
            Count++;
            if (firsts.Count < MostWorded)
            {
                firsts[(identity, line)] = first;
            }
        }
    }

    /// <summary>Edits that are asked for again.</summary>
    public long Count { get; }

    /// <summary>The line, or the errors that it has because of edits that are asked for again.</summary>
    public ManifestLine Check(ManifestLine line, ManifestReadOptions reading)
    {
        if (line.Value is not { } value || line.Number >= lines.Length || !lines[line.Number])
        {
            return line;
        }

        List<ManifestError> errors =
        [
            .. JobManifestReader.Identities(value, reading).Where(i => firsts.ContainsKey((i.Identity, line.Number)))
                .Select(i => JobManifestReader.Duplicate(line.Number, i.Edit, firsts[(i.Identity, line.Number)])).Distinct().Take(MaxErrors),
        ];
        return new ManifestLine(line.Number, null, errors.Count > 0 ? errors : [new ManifestError(line.Number, ErrorCodes.ManifestDuplicate, "an edit is asked for by an earlier line as well")]);
    }
}
