using Pipeline.Training.World;

namespace Pipeline.Training.Language;

/// <summary>The right answer to <see cref="Pipeline.Methods.Prompting.SceneQuestion"/>: the caption without the word of emotion.</summary>
internal static class SceneAnswer
{
    /// <summary>The parts of a caption that an answer says.</summary>
    public const SceneCaption.Parts Said = SceneCaption.Parts.Place | SceneCaption.Parts.Sky | SceneCaption.Parts.Stimulus;

    /// <summary>P_src of a scene.</summary>
    public static string Caption(Scene scene) => SceneCaption.Short(scene, Said);

    /// <summary>The answer.</summary>
    public static IReadOnlyList<AnswerPiece> Write(Scene scene, SceneRegions regions) => Source(new AnswerWriter(), "{\"source_caption\": \"", scene, regions).Add("\"}").Pieces;

    /// <summary>Adds an opening and the caption.</summary>
    public static AnswerWriter Source(AnswerWriter writer, string opening, Scene scene, SceneRegions regions) => writer
        .Things(opening, scene, regions)
        .Add(AnswerWriter.Part(scene, SceneCaption.Parts.Sky), regions.Sky)
        .Add(AnswerWriter.Part(scene, SceneCaption.Parts.Stimulus), regions.Stimulus);
}
