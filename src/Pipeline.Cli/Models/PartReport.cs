using Pipeline.Models.Inspection;

namespace Pipeline.Cli.Models;

/// <summary>What was found about one part of a model directory.</summary>
/// <param name="Part">The part.</param>
/// <param name="Path">Its folder, relative to the one asked for.</param>
/// <param name="Network">Sizes and keys; null for what is no network or could not be read.</param>
/// <param name="Digests">SHA-256 of each weight file.</param>
/// <param name="Notes">What is worth knowing and harms nothing.</param>
/// <param name="Problems">What keeps the part from being used.</param>
internal sealed record PartReport(
    ModelPart Part, string Path, NetworkReport? Network, IReadOnlyDictionary<string, string> Digests, IReadOnlyList<string> Notes, IReadOnlyList<string> Problems);
