using System.Text.Json;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;

namespace Pipeline.Training.World;

/// <summary>
/// Writes scenes as an image folder: <c>images/NNNNNN.png</c>, <c>masks/NNNNNN-stimulus.png</c> and <c>-object{i}.png</c>, <c>metadata.jsonl</c> (what is in every picture) and
/// <c>manifest.jsonl</c> (a job that asks for one other emotion of every picture, so that the re-render is its ground truth).
/// </summary>
public static class WorldFolder
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Renders the scenes of consecutive seeds. The same arguments write the same bytes.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="firstSeed">Seed of the first scene.</param>
    /// <param name="count">Number of scenes, at least 1.</param>
    /// <param name="rendered">Called after each scene with the number of scenes so far.</param>
    public static void Write(string folder, ulong firstSeed, int count, Action<int>? rendered = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        Directory.CreateDirectory(Path.Combine(folder, "masks"));
        using StreamWriter metadata = new(Path.Combine(folder, "metadata.jsonl")), manifest = new(Path.Combine(folder, "manifest.jsonl"));
        for (int i = 0; i < count; i++)
        {
            ulong seed = firstSeed + (ulong)i;
            RenderedScene scene = SceneRenderer.Render(Scene.Sample(seed));
            string id = $"{seed:D9}";
            WriteImages(folder, id, scene);
            metadata.WriteLine(JsonSerializer.Serialize(Metadata(id, seed, scene), Json));
            manifest.WriteLine(JsonSerializer.Serialize(new { id, image = $"images/{id}.png", emotions = new[] { OtherEmotion(scene.Scene, seed) } }, Json));
            rendered?.Invoke(i + 1);
        }
    }

    /// <summary>The emotion that the ground-truth edit of a scene asks for: drawn from the seed, never the scene's own.</summary>
    public static string OtherEmotion(Scene scene, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(scene);
        int own = (int)scene.Sky - 1;
        int pick = new SeededRandom(seed, 23).Below(8);
        pick = pick == own ? (pick + 1) % 8 : pick;
        return MoodTable.Of((Mood)(pick + 1)).Emotion;
    }

    private static void WriteImages(string folder, string id, RenderedScene scene)
    {
        File.WriteAllBytes(Path.Combine(folder, "images", id + ".png"), ImageCodec.Default.Encode(scene.Image, EncodeOptions.Png));
        WriteMask(folder, $"{id}-stimulus.png", scene.StimulusMask);
        for (int i = 0; i < scene.ObjectMasks.Count; i++)
        {
            WriteMask(folder, $"{id}-object{i}.png", scene.ObjectMasks[i]);
        }
    }

    /// <summary>A mask of a scene as a grey PNG.</summary>
    internal static byte[] MaskPng(float[] mask) => new MaskImage(Canvas.Side, Canvas.Side, mask).EncodePng();

    private static void WriteMask(string folder, string name, float[] mask) => File.WriteAllBytes(Path.Combine(folder, "masks", name), MaskPng(mask));

    private static object Metadata(string id, ulong seed, RenderedScene rendered)
    {
        Scene scene = rendered.Scene;
        IReadOnlyList<string> sentences = SceneCaption.Sentences(scene);
        return new
        {
            file_name = $"images/{id}.png",
            id,
            seed,
            place = Word(scene.Place),
            sky = MoodTable.Of(scene.Sky).SkyWord,
            stimulus = MoodTable.Of(scene.Stimulus).StimulusWord,
            emotion = scene.IsCoupled ? MoodTable.Of(scene.Sky).Emotion : "",
            caption = SceneCaption.Short(scene),
            longCaption = SceneCaption.Long(scene),
            summary = sentences[0],
            stimuli = sentences.Skip(1).Take(3).Select(sentence => new { sentence }),
            overall = sentences[4],
            stimulusBox = Box(rendered.StimulusMask),
            objects = scene.Objects.Select((item, i) => new { kind = Word(item.Kind), colour = Word(item.Colour), surface = Word(item.Surface), box = Box(rendered.ObjectMasks[i]) }),
        };
    }

    private static float[]? Box(float[] mask) => RenderedScene.BoxOf(mask) is { } box ? [box.X0, box.Y0, box.X1, box.Y1] : null;

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
