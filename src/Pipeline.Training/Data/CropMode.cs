namespace Pipeline.Training.Data;

/// <summary>Which part of a picture that is not square is taken, after its shorter side was resized.</summary>
public enum CropMode
{
    /// <summary>The middle.</summary>
    Centre,

    /// <summary>A place drawn from (seed, epoch, picture); the middle of held-out pictures.</summary>
    Random,
}
