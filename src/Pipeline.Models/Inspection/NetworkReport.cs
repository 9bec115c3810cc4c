namespace Pipeline.Models.Inspection;

/// <summary>What the weight files of a network hold, against what the network takes.</summary>
/// <param name="Files">Names of the weight files.</param>
/// <param name="Bytes">Their size together.</param>
/// <param name="Parameters">Elements of all floating-point tensors stored.</param>
/// <param name="Types">Stored element types with the number of elements of each.</param>
/// <param name="Missing">Keys the network takes that are not there.</param>
/// <param name="Mismatched">Keys of another shape, with both shapes.</param>
/// <param name="Unexpected">Keys the network does not take, without the buffers that older files carry.</param>
/// <param name="IgnoredBuffers">How many such buffers there are.</param>
public sealed record NetworkReport(
    IReadOnlyList<string> Files, long Bytes, long Parameters, IReadOnlyDictionary<string, long> Types, IReadOnlyList<string> Missing,
    IReadOnlyList<string> Mismatched, IReadOnlyList<string> Unexpected, int IgnoredBuffers);
