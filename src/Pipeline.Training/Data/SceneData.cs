using Pipeline.Imaging;
using Pipeline.Training.Runs;
using Pipeline.Training.World;

namespace Pipeline.Training.Data;

/// <summary>Scenes of the procedural world, rendered when they are asked for.</summary>
/// <param name="data">Which ones.</param>
/// <param name="caption">What a training scene is called; its short caption when null. Held-out scenes have their short caption.</param>
internal sealed class SceneData(WorldData data, Func<Scene, ulong, string>? caption = null) : ITrainingData
{
    public IPictureSet Training { get; } = new Scenes(data.FirstScene, data.Scenes, caption ?? Short);

    public IPictureSet HeldOut { get; } = new Scenes(data.FirstHeldOut, data.HeldOut, Short);

    public int Side => Canvas.Side;

    public string Digest => data.Digest();

    public string Description => FormattableString.Invariant($"{data.Scenes:N0} scenes from seed {data.FirstScene}; held out: {data.HeldOut:N0} from seed {data.FirstHeldOut}");

    public void Dispose()
    {
    }

    private static string Short(Scene scene, ulong draw) => SceneCaption.Short(scene);

    private sealed class Scenes(ulong first, int count, Func<Scene, ulong, string> caption) : IPictureSet
    {
        public int Count => count;

        public RgbImage Picture(int number, long epoch) => SceneRenderer.Render(At(number)).Image;

        public string Caption(int number, ulong draw) => caption(At(number), draw);

        private Scene At(int number) => Scene.Sample(first + (ulong)number);
    }
}
