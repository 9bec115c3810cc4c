using System.Text;

namespace Pipeline.Training.World;

/// <summary>The words of all captions, as a text for tokenizers to learn from: every word often enough to become one token.</summary>
public static class WorldWords
{
    private const int Scenes = 2_000;

    /// <summary>The text; the same in every run of one version.</summary>
    public static string Text()
    {
        StringBuilder text = new();
        for (ulong seed = 0; seed < Scenes; seed++)
        {
            Scene scene = Scene.Sample(seed);
            text.AppendLine(SceneCaption.Short(scene)).AppendLine(SceneCaption.Long(scene));
        }

        return text.ToString().ReplaceLineEndings("\n");
    }
}
