using Pipeline.Training.World;

namespace Pipeline.Training.Language;

/// <summary>Collects the parts of an answer. A caption's first article joins the part before it, so that every word has one form, with a space in front.</summary>
internal sealed class AnswerWriter
{
    private readonly List<AnswerPiece> _pieces = [];

    /// <summary>The parts so far.</summary>
    public IReadOnlyList<AnswerPiece> Pieces => _pieces;

    /// <summary>Adds a part; an empty one is left out.</summary>
    public AnswerWriter Add(string text, float[]? region = null)
    {
        if (text.Length > 0)
        {
            _pieces.Add(new AnswerPiece(text, region));
        }

        return this;
    }

    /// <summary>Adds <paramref name="opening"/> and the caption of what does not depend on the mood: "a red dog and a blue car on the beach".</summary>
    public AnswerWriter Things(string opening, Scene scene, SceneRegions regions)
    {
        for (int i = 0; i < scene.Objects.Count; i++)
        {
            string[] words = SceneCaption.Noun(scene.Objects[i]).Split(' ');
            Add((i == 0 ? opening : " and ") + words[0]);
            Words(words.AsSpan(1), regions.Objects[i]);
        }

        return Add(Part(scene, SceneCaption.Parts.Place));
    }

    /// <summary>Adds a list of the objects, "the red dog", with the texts around it.</summary>
    public AnswerWriter Objects(string opening, string between, Scene scene, SceneRegions regions)
    {
        for (int i = 0; i < scene.Objects.Count; i++)
        {
            Add((i == 0 ? opening : between) + "the");
            Words(SceneCaption.Noun(scene.Objects[i]).Split(' ').AsSpan(1), regions.Objects[i]);
        }

        return this;
    }

    /// <summary>A part of a caption with the space or comma in front of it.</summary>
    public static string Part(Scene scene, SceneCaption.Parts part) => SceneCaption.Short(scene, part)[SceneCaption.Short(scene, SceneCaption.Parts.Objects).Length..];

    private void Words(ReadOnlySpan<string> words, float[] region)
    {
        foreach (string word in words)
        {
            Add(" " + word, region);
        }
    }
}
