using Pipeline.Imaging;

namespace Pipeline.Training.Data;

/// <summary>Pictures with captions, by number. Every member may be called on any thread and gives the same at every call.</summary>
public interface IPictureSet
{
    /// <summary>Pictures; their numbers are 0 … Count − 1.</summary>
    int Count { get; }

    /// <summary>A square picture of the data's side; null where its file gives none, which is reported once.</summary>
    /// <param name="number">Which.</param>
    /// <param name="epoch">Pass over the data: random crops differ from pass to pass.</param>
    /// <exception cref="Runs.TrainingException">More pictures are broken than the run allows.</exception>
    RgbImage? Picture(int number, long epoch);

    /// <summary>What a picture is called; where it has several captions, the draw decides.</summary>
    string Caption(int number, ulong draw);
}
