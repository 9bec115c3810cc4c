using Pipeline.Methods.Emotions;
using Pipeline.Training.Data;

namespace Pipeline.Training.Contrast;

/// <summary>Pictures of a manifest whose lines hold a <see cref="MoodAnnotation"/> each. Owns the manifest.</summary>
internal sealed class AnnotatedFiles(ManifestData manifest) : IAnnotatedPictures
{
    public ITrainingData? Data => manifest;

    /// <summary>The taxonomy's emotions, asked for as the pipeline asks.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<string> Prompts)> Classes { get; } = [.. EmotionTaxonomy.All.Select(e => (e.Noun, EmotionTemplates.Of(e)))];

    public int DrawsOf(int samples) => 0;

    public IReadOnlyList<AnnotatedPicture> Batch(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws) =>
        [.. manifest.Training.Read(samples).Select(p => new AnnotatedPicture(p.Image, manifest.Lines.Annotation(p.Number)))];

    public IEnumerable<AnnotatedPicture> HeldOut() => Enumerable.Range(0, manifest.HeldOut.Count).SelectMany(i => manifest.HeldOut.Read(i, 1))
        .Select(p => new AnnotatedPicture(p.Image, manifest.HeldOutLines.Annotation(p.Number)));

    public int? ClassOf(MoodAnnotation said) => said.Emotion is null ? null : EmotionTaxonomy.Resolve(said.Emotion).Emotion.Id;

    public void Dispose() => manifest.Dispose();
}
