using System.Text.Json;

namespace Pipeline.Integration.Tests;

/// <summary>Reads a data set's <c>metadata.jsonl</c>.</summary>
internal static class Metadata
{
    public static IReadOnlyList<JsonElement> Read(string path) =>
        [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement.Clone())];
}
