using FsCheck;
using FsCheck.Fluent;
using Pipeline.Training.World;

namespace Pipeline.Training.Tests.World;

public sealed class SceneVariantsTests
{
    private static readonly Arbitrary<ulong> Seeds = Gen.Choose(0, int.MaxValue).Select(value => (ulong)value).ToArbitrary();

    [Fact]
    public void The_captions_and_pictures_of_a_group_all_differ() => Prop.ForAll(Seeds, seed =>
    {
        IReadOnlyList<Scene> group = SceneVariants.Of(Scene.Sample(seed), seed);
        return group.Count == SceneVariants.Count
            && group.Select(s => SceneCaption.Short(s)).Distinct().Count() == group.Count
            && group.Select(s => Convert.ToHexString(SceneRenderer.Render(s).Image.Pixels)).Distinct().Count() == group.Count;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_pattern_changes_pixels_of_its_object_only_and_is_said() => Prop.ForAll(Seeds, seed =>
    {
        Scene plain = Scene.Sample(seed).WithSurface(0, Surface.Plain), dotted = plain.WithSurface(0, Surface.Dotted);
        RenderedScene before = SceneRenderer.Render(plain), after = SceneRenderer.Render(dotted);
        int[] changed = [.. Enumerable.Range(0, 64 * 64).Where(i => !before.Image.Pixels.AsSpan(i * 3, 3).SequenceEqual(after.Image.Pixels.AsSpan(i * 3, 3)))];
        return changed.Length > 0 && changed.All(i => before.ObjectMasks[0][i] > 0) && SceneCaption.Noun(dotted.Objects[0]).StartsWith("a dotted ", StringComparison.Ordinal);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_variant_repeats_a_kind_or_a_colour() => Prop.ForAll(Seeds, seed =>
        SceneVariants.Of(Scene.Sample(seed), seed + 1).All(s =>
            s.Objects.Select(o => o.Kind).Distinct().Count() == s.Objects.Count && s.Objects.Select(o => o.Colour).Distinct().Count() == s.Objects.Count))
        .QuickCheckThrowOnFailure();
}
