using System.Text.Json.Nodes;
using Pipeline.Imaging;
using Pipeline.Training.Judging;

namespace Pipeline.Training.World;

/// <summary>
/// Writes ground-truth edits as an evaluation suite: <c>images/</c> (before), <c>truth/</c> (the re-render), <c>region/</c> (what may change: the stimulus or the object, before and after), and
/// <c>manifest.jsonl</c>, a job manifest whose labels name truth, region, kind of edit and the classes that a judge should see.
/// </summary>
public static class WorldPairs
{
    /// <summary>Writes the pairs of consecutive seeds, each seed once for every kind. The same arguments write the same bytes.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="firstSeed">Seed of the first scene.</param>
    /// <param name="count">Number of scenes, at least 1.</param>
    /// <param name="kinds">Kinds of edits.</param>
    public static void Write(string folder, ulong firstSeed, int count, IReadOnlyList<EditKind> kinds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        foreach (string part in new[] { "images", "truth", "region" })
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
        }

        using StreamWriter manifest = new(Path.Combine(folder, "manifest.jsonl"));
        for (ulong seed = firstSeed; seed < firstSeed + (ulong)count; seed++)
        {
            foreach (EditKind kind in kinds)
            {
                string id = $"{seed:D9}-{kind.ToString().ToLowerInvariant()}";
                ScenePair pair = ScenePair.Of(kind, seed);
                WriteFiles(folder, id, pair);
                manifest.WriteLine(Line(id, pair).ToJsonString());
            }
        }
    }

    private static void WriteFiles(string folder, string id, ScenePair pair)
    {
        RenderedScene before = SceneRenderer.Render(pair.Before), after = SceneRenderer.Render(pair.After);
        File.WriteAllBytes(Path.Combine(folder, "images", id + ".png"), ImageCodec.Default.Encode(before.Image, EncodeOptions.Png));
        File.WriteAllBytes(Path.Combine(folder, "truth", id + ".png"), ImageCodec.Default.Encode(after.Image, EncodeOptions.Png));
        float[] Mask(RenderedScene scene) => pair.Changed < 0 ? scene.StimulusMask : scene.ObjectMasks[pair.Changed];
        File.WriteAllBytes(Path.Combine(folder, "region", id + ".png"), WorldFolder.MaskPng([.. Mask(before).Zip(Mask(after), MathF.Max)]));
    }

    private static JsonObject Line(string id, ScenePair pair)
    {
        JsonObject line = new()
        {
            ["id"] = id,
            ["image"] = $"images/{id}.png",
            ["emotions"] = new JsonArray(pair.Kind == EditKind.Emotion ? MoodTable.Of(pair.After.Sky).Emotion : "none"),
        };
        if (pair.Kind != EditKind.Emotion)
        {
            line["source_prompt"] = SceneCaption.Short(pair.Before);
            line["prompt"] = SceneCaption.Short(pair.After);
            line["stimuli"] = new JsonArray(new JsonObject { ["source_phrase"] = pair.SourceWord, ["target_phrase"] = pair.TargetWord, ["importance"] = 10, ["action"] = "change" });
        }

        line["labels"] = new JsonObject
        {
            ["truth"] = $"truth/{id}.png", ["region"] = $"region/{id}.png", ["category"] = pair.Kind.ToString().ToLowerInvariant(), ["expected"] = string.Join("; ", Expected(pair)),
        };
        return line;
    }

    /// <summary>Labels that the edit brings, and with <c>!</c> those that it takes away.</summary>
    private static IEnumerable<string> Expected(ScenePair pair)
    {
        bool IsJudged(int label) => pair.Kind switch
        {
            EditKind.Emotion => In(WorldLabels.Moods, label),
            EditKind.Object => In(WorldLabels.Kinds, label),
            EditKind.Colour => In(WorldLabels.ColouredKinds, label),
            _ => In(WorldLabels.Surfaces, label),
        };
        int[] before = [.. WorldLabels.Of(pair.Before).Where(IsJudged)], after = [.. WorldLabels.Of(pair.After).Where(IsJudged)];
        return after.Except(before).Select(l => WorldLabels.All[l]).Concat(before.Except(after).Select(l => "!" + WorldLabels.All[l]));
    }

    private static bool In(Range range, int label) => label >= range.Start.Value && label < range.End.Value;
}
