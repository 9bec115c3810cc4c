using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Jobs;
using Pipeline.TestKit;
using Pipeline.Training.World;

namespace Pipeline.Training.Tests.World;

public sealed class WorldPairsTests
{
    [Fact]
    public void A_pair_differs_in_one_factor_and_its_words_are_in_its_captions() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).SelectMany(seed => Gen.Elements(Enum.GetValues<EditKind>()).Select(kind => (Kind: kind, Seed: (ulong)seed))).ToArbitrary(),
        draw =>
        {
            ScenePair pair = ScenePair.Of(draw.Kind, draw.Seed);
            string before = SceneCaption.Short(pair.Before), after = SceneCaption.Short(pair.After);
            bool isSameLayout = pair.Before.LayoutSeed == pair.After.LayoutSeed && pair.Before.Place == pair.After.Place && pair.Before.Objects.Count == pair.After.Objects.Count;
            return isSameLayout && before != after && before.Contains(pair.SourceWord, StringComparison.Ordinal) && after.Contains(pair.TargetWord, StringComparison.Ordinal)
                && (draw.Kind == EditKind.Emotion ? pair.After.IsCoupled && pair.After.Sky != Mood.Neutral : pair.Before.Sky == pair.After.Sky);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task The_suite_is_a_manifest_whose_files_exist_and_is_written_the_same_again()
    {
        using TemporaryFolder folder = new();
        EditKind[] kinds = Enum.GetValues<EditKind>();
        WorldPairs.Write(folder.File("a"), 5, 3, kinds);
        WorldPairs.Write(folder.File("b"), 5, 3, kinds);
        string[] files = [.. Directory.EnumerateFiles(folder.File("a"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        Assert.Equal(1 + (3 * 3 * kinds.Length), files.Length);
        Assert.All(files, f => Assert.Equal(File.ReadAllBytes(f), File.ReadAllBytes(f.Replace(folder.File("a"), folder.File("b"), StringComparison.Ordinal))));

        using FileStream manifest = File.OpenRead(folder.File("a", "manifest.jsonl"));
        int lines = 0;
        await foreach (ManifestLine line in JobManifestReader.ReadAsync(manifest))
        {
            Assert.Empty(line.Errors);
            IReadOnlyDictionary<string, string> labels = line.Value!.Labels!;
            Assert.True(File.Exists(folder.File("a", labels["truth"])) && File.Exists(folder.File("a", labels["region"])));
            Assert.NotEmpty(labels["expected"]);
            lines++;
        }

        Assert.Equal(12, lines);
    }
}
