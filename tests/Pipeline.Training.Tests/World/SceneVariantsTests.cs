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
    public void No_variant_repeats_a_kind_or_a_colour() => Prop.ForAll(Seeds, seed =>
        SceneVariants.Of(Scene.Sample(seed), seed + 1).All(s =>
            s.Objects.Select(o => o.Kind).Distinct().Count() == s.Objects.Count && s.Objects.Select(o => o.Colour).Distinct().Count() == s.Objects.Count))
        .QuickCheckThrowOnFailure();
}
