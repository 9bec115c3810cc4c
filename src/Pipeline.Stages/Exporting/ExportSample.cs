using Pipeline.Contracts.Results;

namespace Pipeline.Stages.Exporting;

/// <summary>An edit on its way into an export.</summary>
/// <param name="Line">Its line of metadata, unchanged.</param>
/// <param name="Record">The line, read.</param>
/// <param name="Split">Its split; empty when there are none.</param>
/// <param name="Image">The edited picture's file.</param>
/// <param name="Mask">The mask's file; null where there is none.</param>
internal sealed record ExportSample(string Line, ResultRecord Record, string Split, byte[] Image, byte[]? Mask);
