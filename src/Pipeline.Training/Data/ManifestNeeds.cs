namespace Pipeline.Training.Data;

/// <summary>What a trainer needs of every line of a manifest beside its picture.</summary>
internal enum ManifestNeeds
{
    /// <summary>Nothing.</summary>
    Picture,

    /// <summary>A caption at least.</summary>
    Caption,

    /// <summary>Five sentences, as <see cref="MoodAnnotation"/> has them.</summary>
    Annotation,
}
