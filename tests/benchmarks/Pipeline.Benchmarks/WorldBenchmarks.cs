using Pipeline.Training.World;

namespace Pipeline.Benchmarks;

/// <summary>What rendering a scene of the world costs, masks included.</summary>
internal static class WorldBenchmarks
{
    private const int Scenes = 1_000, Runs = 10;

    /// <summary>Least time of a thousand scenes, by picture; the scenes themselves are drawn before.</summary>
    public static void Render()
    {
        Scene[] scenes = [.. Enumerable.Range(0, Scenes).Select(i => Scene.Sample((ulong)i))];
        int painted = 0;
        (double wall, double processor) = Measurement.Milliseconds(
            () =>
            {
                foreach (Scene scene in scenes)
                {
                    painted += SceneRenderer.Render(scene).Image.Pixels[0];
                }
            },
            Runs);
        Console.WriteLine(FormattableString.Invariant($"world: {processor / Scenes:0.000} ms of a processor a picture, {wall / Scenes:0.000} ms wall, best of {Runs} x {Scenes} (sum {painted})"));
    }
}
