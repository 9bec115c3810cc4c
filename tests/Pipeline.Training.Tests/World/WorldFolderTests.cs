using System.Text.Json;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.TestKit;
using Pipeline.Training.World;

namespace Pipeline.Training.Tests.World;

public sealed class WorldFolderTests
{
    private const ulong First = 41;
    private const int Count = 12;

    [Fact]
    public void A_folder_holds_pictures_masks_metadata_and_a_job_that_all_speak_of_the_same_scenes()
    {
        using TemporaryFolder folder = new();
        WorldFolder.Write(folder.Path, First, Count);
        string[] metadata = File.ReadAllLines(folder.File("metadata.jsonl")), manifest = File.ReadAllLines(folder.File("manifest.jsonl"));
        Assert.Equal((Count, Count), (metadata.Length, manifest.Length));
        for (int i = 0; i < Count; i++)
        {
            RenderedScene truth = SceneRenderer.Render(Scene.Sample(First + (ulong)i));
            using JsonDocument said = JsonDocument.Parse(metadata[i]), job = JsonDocument.Parse(manifest[i]);
            JsonElement root = said.RootElement;
            string id = root.GetProperty("id").GetString()!;
            Assert.Equal(truth.Image.Pixels, ImageCodec.Default.DecodeFile(folder.File(root.GetProperty("file_name").GetString()!)).Pixels);
            Assert.Equal((SceneCaption.Short(truth.Scene), SceneCaption.Long(truth.Scene)), (root.GetProperty("caption").GetString(), root.GetProperty("longCaption").GetString()));
            Assert.Equal(5, root.GetProperty("longCaption").GetString()!.Count(c => c == '.'));

            JsonElement[] objects = [.. root.GetProperty("objects").EnumerateArray()];
            Assert.Equal(truth.Scene.Objects.Select(o => o.Kind.ToString().ToLowerInvariant()), objects.Select(o => o.GetProperty("kind").GetString()));
            AssertMask(folder.File("masks", $"{id}-stimulus.png"), truth.StimulusMask, root.GetProperty("stimulusBox"));
            for (int item = 0; item < objects.Length; item++)
            {
                AssertMask(folder.File("masks", $"{id}-object{item}.png"), truth.ObjectMasks[item], objects[item].GetProperty("box"));
            }

            Assert.Equal((id, $"images/{id}.png"), (job.RootElement.GetProperty("id").GetString(), job.RootElement.GetProperty("image").GetString()));
            Assert.NotEqual(MoodTable.Of(truth.Scene.Sky).Emotion, Assert.Single(job.RootElement.GetProperty("emotions").EnumerateArray()).GetString());
        }

        Assert.Equal(Count, Directory.GetFiles(folder.File("images")).Length);
    }

    /// <summary>The file has the mask's values, and the box holds all of it.</summary>
    private static void AssertMask(string path, float[] mask, JsonElement box)
    {
        MaskImage read = MaskImage.Decode(File.ReadAllBytes(path));
        Assert.All(mask.Zip(read.Values), p => Assert.Equal(p.First, p.Second, 1.0 / 255));
        if (box.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        float[] edges = [.. box.EnumerateArray().Select(e => e.GetSingle() * Canvas.Side)];
        Assert.All(Enumerable.Range(0, mask.Length).Where(p => mask[p] > 0.5f), p =>
        {
            (int y, int x) = Math.DivRem(p, Canvas.Side);
            Assert.True(x >= edges[0] && x + 1 <= edges[2] && y >= edges[1] && y + 1 <= edges[3], $"{x}, {y} lies outside of [{string.Join(", ", edges)}]");
        });
    }
}
