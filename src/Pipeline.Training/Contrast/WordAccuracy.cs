using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>
/// How often a picture prefers its own caption over those in which one word is exchanged: in per cent, for objects, colours, places and skies. On scenes with one object, so that the word
/// is not ambiguous; colours not under dark and stormy skies, whose grade leaves little of them in the pixels.
/// </summary>
internal static class WordAccuracy
{
    private const SceneCaption.Parts Said = SceneCaption.Parts.Place | SceneCaption.Parts.Sky | SceneCaption.Parts.Stimulus; // the emotion word would tell the sky

    private static readonly (string Name, Func<Scene, IEnumerable<Scene>> Exchange, Func<Scene, bool> Counts)[] s_factors =
    [
        ("object", s => Enum.GetValues<ObjectKind>().Where(k => k != s.Objects[0].Kind).Select(k => s.WithKind(0, k)), _ => true),
        ("colour", s => Enum.GetValues<ObjectColour>().Where(c => c != s.Objects[0].Colour).Select(c => s.WithColour(0, c)), s => s.Sky is not (Mood.Fear or Mood.Sadness)),
        ("place", s => Enum.GetValues<Place>().Where(p => p != s.Place).Select(p => s with { Place = p }), _ => true),
        ("sky", s => MoodTable.All.Where(m => m != s.Sky).Select(m => s with { Sky = m }), _ => true),
    ];

    /// <summary>Measures on those of the scenes that have one object.</summary>
    /// <param name="scenes">Held-out scenes.</param>
    /// <param name="embedImages">Unit vectors [N, projection] of their pictures.</param>
    /// <param name="embedTexts">Unit vectors [N, projection] of captions.</param>
    public static IReadOnlyList<(string Name, double Value)> Measure(
        IEnumerable<Scene> scenes, Func<IReadOnlyList<Scene>, Tensor> embedImages, Func<IReadOnlyList<string>, Tensor> embedTexts)
    {
        int[] right = new int[s_factors.Length], all = new int[s_factors.Length];
        foreach (Scene scene in scenes.Where(s => s.Objects.Count == 1))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor image = embedImages([scene]);                                                    // [1, projection]
            for (int i = 0; i < s_factors.Length; i++)
            {
                if (s_factors[i].Counts(scene))
                {
                    string[] captions = [.. s_factors[i].Exchange(scene).Prepend(scene).Select(s => SceneCaption.Short(s, Said))];
                    float[] cosines = embedTexts(captions).matmul(image.transpose(0, 1)).cpu().data<float>().ToArray();
                    right[i] += cosines[0] > cosines[1..].Max() ? 1 : 0;
                    all[i]++;
                }
            }
        }

        return [.. s_factors.Select((f, i) => ($"{f.Name} word (%)", all[i] == 0 ? double.NaN : 100.0 * right[i] / all[i])).Where(v => !double.IsNaN(v.Item2))];
    }
}
