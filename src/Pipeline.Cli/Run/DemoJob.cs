using System.Text.Json.Nodes;
using Pipeline.Imaging;
using Pipeline.Training.World;

namespace Pipeline.Cli.Run;

/// <summary>The job of <c>moodpipe demo</c>: scenes of the world that the tiny family knows, and the sample photographs of one that it does not.</summary>
internal static class DemoJob
{
    /// <summary>Scenes that no recipe trains or judges on.</summary>
    private static readonly ulong[] s_scenes = [900_300_029, 900_300_002, 900_300_027, 900_300_033];

    private static readonly string[] s_emotions = ["amusement", "anger", "contentment", "sadness"];

    /// <summary>Renders the scenes into a folder and writes the manifest beside them. The same arguments write the same bytes.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="photographs">Manifest of the photographs, whose paths are relative to it.</param>
    /// <returns>Path of the manifest.</returns>
    public static string Write(string folder, string photographs)
    {
        Directory.CreateDirectory(folder);
        List<string> lines = [.. s_scenes.Select(seed => SceneLine(folder, seed)), .. PhotographLines(photographs)];
        string manifest = Path.Combine(folder, "demo.jsonl");
        File.WriteAllLines(manifest, lines);
        return manifest;
    }

    private static string SceneLine(string folder, ulong seed)
    {
        string id = $"scene-{seed % 1000}", file = id + ".png";
        File.WriteAllBytes(Path.Combine(folder, file), ImageCodec.Default.Encode(SceneRenderer.Render(Scene.Sample(seed)).Image, EncodeOptions.Png));
        return new JsonObject { ["id"] = id, ["image"] = file, ["emotions"] = new JsonArray([.. s_emotions.Select(e => JsonValue.Create(e))]) }.ToJsonString();
    }

    private static IEnumerable<string> PhotographLines(string photographs)
    {
        string folder = Path.GetDirectoryName(photographs)!;
        foreach (string line in File.ReadLines(photographs).Where(l => l.StartsWith('{')))
        {
            JsonObject job = JsonNode.Parse(line)!.AsObject();
            job["image"] = Path.Combine(folder, (string)job["image"]!);
            yield return job.ToJsonString();
        }
    }
}
