using System.Text.Json;
using Pipeline.Imaging;
using Pipeline.TestKit;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;

namespace Pipeline.Training.Tests.Data;

/// <summary>Folders of pictures with manifests, as people bring them.</summary>
internal static class PictureFolder
{
    /// <summary>Scenes of the world as files: those that a configuration trains on and those it is judged on, each line with its split.</summary>
    public static string OfWorld(TemporaryFolder folder, WorldData data)
    {
        WorldFolder.Write(folder.File("train"), data.FirstScene, data.Scenes);
        WorldFolder.Write(folder.File("held-out"), data.FirstHeldOut, data.HeldOut);
        string manifest = folder.File("pictures.jsonl");
        File.WriteAllLines(manifest, new[] { "train", "held-out" }.SelectMany(part => File.ReadLines(folder.File(part, "metadata.jsonl"))
            .Select(line => line.Replace("\"images/", $"\"{part}/images/", StringComparison.Ordinal).Replace("{\"file_name\"", $"{{\"split\":\"{part}\",\"file_name\"", StringComparison.Ordinal))));
        return manifest;
    }

    /// <summary>Gradients of several sizes, none square; every fifth is held out, and some are asked to be no pictures at all.</summary>
    public static string OfGradients(TemporaryFolder folder, int count, params int[] broken)
    {
        List<string> lines = [];
        for (int i = 0; i < count; i++)
        {
            RgbImage image = new(20 + (3 * i), 41 + i);
            for (int p = 0; p < image.Pixels.Length; p++)
            {
                image.Pixels[p] = (byte)((p * (i + 3) / 7) + (40 * i));
            }

            File.WriteAllBytes(folder.File($"{i}.png"), broken.Contains(i) ? "no picture"u8.ToArray() : ImageCodec.Default.Encode(image, EncodeOptions.Png));
            lines.Add(JsonSerializer.Serialize(new { id = i, image = $"{i}.png", captions = new[] { $"a red dog {i}", $"a blue cat {i}" }, split = i % 5 == 0 ? "val" : "train" }));
        }

        File.WriteAllLines(folder.File("pictures.jsonl"), lines);
        return folder.File("pictures.jsonl");
    }

    /// <summary>A configuration over a manifest.</summary>
    public static TrainingConfig On(this TrainingConfig config, string manifest, ManifestOptions? options = null) =>
        config with { Data = config.Data with { Manifest = manifest, Pictures = options } };

    /// <summary>A configuration whose run has something around it.</summary>
    public static TrainingConfig In(this TrainingConfig config, TrainingSurroundings surroundings) => config with { Surroundings = surroundings };
}
