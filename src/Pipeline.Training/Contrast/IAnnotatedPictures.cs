using Pipeline.Training.Data;

namespace Pipeline.Training.Contrast;

/// <summary>Where pictures with five sentences come from. Every member may be called on any thread, and touches no tensor.</summary>
internal interface IAnnotatedPictures : IDisposable
{
    /// <summary>The manifest; null where scenes are rendered.</summary>
    ITrainingData? Data { get; }

    /// <summary>Numbers that a batch needs drawn.</summary>
    int DrawsOf(int samples);

    /// <summary>Pictures of a batch.</summary>
    IReadOnlyList<AnnotatedPicture> Batch(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws);

    /// <summary>What the score is taken over, read or rendered one by one.</summary>
    IEnumerable<AnnotatedPicture> HeldOut();

    /// <summary>Emotions that pictures may be labelled with, each with the texts that ask for it.</summary>
    IReadOnlyList<(string Name, IReadOnlyList<string> Prompts)> Classes { get; }

    /// <summary>Class of a label; null where there is none.</summary>
    int? ClassOf(MoodAnnotation said);
}
