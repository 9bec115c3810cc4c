using System.Text.Json;
using Pipeline.TestKit;

namespace Pipeline.Evaluation.Tests;

/// <summary>The golden vectors of the editing specification, computed in double precision by an independent program.</summary>
internal static class GoldenFile
{
    internal static JsonElement Read(string section)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Fixtures.Path("editing-golden.json")));
        return document.RootElement.GetProperty(section).Clone();
    }
}
