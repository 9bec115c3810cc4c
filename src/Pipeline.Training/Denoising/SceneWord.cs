using Pipeline.Training.World;

namespace Pipeline.Training.Denoising;

/// <summary>A word of a caption that names something with a place in the picture.</summary>
/// <param name="Position">Of its token.</param>
/// <param name="Kind">What it names.</param>
/// <param name="Mask">Coverage of the named thing, 64·64 values 0..1.</param>
public sealed record SceneWord(int Position, SceneWordKind Kind, float[] Mask)
{
    /// <summary>Visible pixels below which a thing is as good as hidden, and its words have no place.</summary>
    public const float LeastArea = 12;

    /// <summary>The mask as shares of a coarser grid, row-major; the sum of the values is its area in cells of the grid.</summary>
    /// <param name="side">Cells along a side; a divisor of 64.</param>
    public float[] Pooled(int side)
    {
        int factor = Canvas.Side / side;
        float[] cells = new float[side * side];
        for (int i = 0; i < Mask.Length; i++)
        {
            (int y, int x) = Math.DivRem(i, Canvas.Side);
            cells[(y / factor * side) + (x / factor)] += Mask[i] / (factor * factor);
        }

        return cells;
    }

    /// <summary>The words of a caption that name objects, their colours and patterns, and the stimulus, with the masks of these.</summary>
    /// <param name="scene">The picture.</param>
    /// <param name="tokens">The caption's tokens.</param>
    /// <param name="idOf">Token of a word of the world.</param>
    public static IReadOnlyList<SceneWord> Find(RenderedScene scene, IReadOnlyList<int> tokens, Func<string, int> idOf)
    {
        ArgumentNullException.ThrowIfNull(scene);
        Dictionary<int, (SceneWordKind Kind, float[] Mask)> things = [];
        IReadOnlyList<SceneObject> objects = scene.Scene.Objects;
        for (int i = 0; i < objects.Count; i++)
        {
            things[idOf(Word(objects[i].Kind))] = (SceneWordKind.Object, scene.ObjectMasks[i]);
            things[idOf(Word(objects[i].Colour))] = (SceneWordKind.Colour, scene.ObjectMasks[i]);
            if (objects[i].Surface != Surface.Plain && objects.Count(o => o.Surface == objects[i].Surface) == 1)
            {
                things[idOf(Word(objects[i].Surface))] = (SceneWordKind.Surface, scene.ObjectMasks[i]);
            }
        }

        things[idOf(MoodTable.Of(scene.Scene.Stimulus).StimulusWord)] = (SceneWordKind.Stimulus, scene.StimulusMask);
        return [.. tokens.Select((id, position) => (Found: things.TryGetValue(id, out var thing), position, thing))
            .Where(w => w.Found && w.thing.Mask.Sum() >= LeastArea).Select(w => new SceneWord(w.position, w.thing.Kind, w.thing.Mask))];
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
