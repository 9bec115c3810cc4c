using Pipeline.Imaging.Tensors;
using Pipeline.Models.Dino;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.SelfDistillation;

/// <summary>What the features of a vision transformer are worth: its class tokens by their nearest neighbours, its keys by how far they set pictures apart that differ in one thing.</summary>
internal static class FeatureQuality
{
    private const int Batch = 32, BankScenes = 1_024, PairScenes = 64;
    private const ulong Draw = 5;

    /// <summary>Nearest-neighbour accuracies for kind and place, in per cent, over scenes with one object; neighbours are training scenes.</summary>
    public static IReadOnlyList<(string Name, double Value)> Neighbours(ViTModel model, TrainingConfig config)
    {
        WorldData data = config.Data;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        Scene[] known = Single(data.FirstScene, Math.Min(BankScenes, data.Scenes)), asked = Single(data.FirstHeldOut, data.HeldOut);
        Tensor bank = Features(model, known, config), queries = Features(model, asked, config);
        double Accuracy(Func<Scene, int> factor) => NearestNeighbours.Accuracy(bank, [.. known.Select(factor)], queries, [.. asked.Select(factor)]);
        return [("kNN kind (%)", Accuracy(s => (int)s.Objects[0].Kind)), ("kNN place (%)", Accuracy(s => (int)s.Place))];
    }

    /// <summary>Mean structure distance, times 1000, of held-out scenes to themselves with another pattern, colour, emotion, kind and place.</summary>
    public static IReadOnlyList<(string Name, double Value)> Structure(ViTModel model, TrainingConfig config)
    {
        WorldData data = config.Data;
        using IDisposable recording = no_grad();
        Scene[] scenes = [.. Enumerable.Range(0, Math.Min(PairScenes, data.HeldOut)).Select(i => Scene.Sample(data.FirstHeldOut + (ulong)i))];
        (string Name, Func<Scene, ulong, Scene> Change)[] changes =
        [
            ("pattern", (s, d) => SceneVariants.Of(s, d)[4]), ("colour", (s, d) => SceneVariants.Of(s, d)[3]), ("emotion", (s, _) => s.WithMood((Mood)(((int)s.Sky + 1) % 9))),
            ("kind", (s, d) => SceneVariants.Of(s, d)[1]), ("place", (s, _) => s with { Place = (Place)(((int)s.Place + 1) % 4) }),
        ];
        List<(string, double)> figures = [];
        foreach ((string name, Func<Scene, ulong, Scene> change) in changes)
        {
            double sum = 0;
            foreach (Scene scene in scenes)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor similarity = KeySelfSimilarity.Of(model.Keys(Pixels([scene, change(scene, Draw + scene.LayoutSeed)], config)));     // [2, T, T]
                sum += KeySelfSimilarity.Distance(similarity[0], similarity[1]).ToDouble();
            }

            figures.Add(($"structure x1000, other {name}", 1e3 * sum / scenes.Length));
        }

        return figures;
    }

    /// <summary>Share of held-out pictures whose middle (six tenths of a side), mirrored, is nearest to the picture itself among all of them, by cosine of class tokens; in per cent. Needs no label.</summary>
    public static double OwnViews(ViTModel model, ITrainingData data, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        List<Tensor> whole = [], middle = [];
        foreach (int[] part in Enumerable.Range(0, data.HeldOut.Count).Chunk(Batch))
        {
            Tensor pixels = data.HeldOut.Read(part[0], part.Length).Pixels(device);                                     // [B, 3, side, side]
            long side = data.Side, cut = Math.Max(1, side * 6 / 10), from = (side - cut) / 2;
            Tensor view = nn.functional.interpolate(pixels.narrow(2, from, cut).narrow(3, from, cut).flip(3), [side, side], mode: InterpolationMode.Bilinear, align_corners: false);
            whole.Add(nn.functional.normalize(model.ClassToken(pixels), 2, 1, 1e-12));
            middle.Add(nn.functional.normalize(model.ClassToken(view), 2, 1, 1e-12));
        }

        long[] nearest = cat([.. middle], 0).matmul(cat([.. whole], 0).transpose(0, 1)).argmax(1).cpu().data<long>().ToArray();
        return 100.0 * nearest.Where((n, i) => n == i).Count() / nearest.Length;
    }

    private static Scene[] Single(ulong first, int count) => [.. Enumerable.Range(0, count).Select(i => Scene.Sample(first + (ulong)i)).Where(s => s.Objects.Count == 1)];

    private static Tensor Features(ViTModel model, IEnumerable<Scene> scenes, TrainingConfig config)
    {
        using DisposeScope scope = NewDisposeScope();
        return cat([.. scenes.Chunk(Batch).Select(c => model.ClassToken(Pixels(c, config)))], 0).MoveToOuterDisposeScope();
    }

    private static Tensor Pixels(IEnumerable<Scene> scenes, TrainingConfig config) => WorldPictures.Render(scenes, PixelRange.SignedUnit, config.Device);
}
