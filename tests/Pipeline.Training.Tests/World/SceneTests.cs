using FsCheck;
using FsCheck.Fluent;
using Pipeline.Training.World;

namespace Pipeline.Training.Tests.World;

public sealed class SceneTests
{
    private static readonly Arbitrary<ulong> Seeds = Gen.Choose(0, int.MaxValue).Select(value => (ulong)value).ToArbitrary();

    [Fact]
    public void The_same_seed_paints_the_same_bytes() => Prop.ForAll(
        Seeds,
        seed => SceneRenderer.Render(Scene.Sample(seed)).Image.Pixels.AsSpan().SequenceEqual(SceneRenderer.Render(Scene.Sample(seed)).Image.Pixels))
        .QuickCheckThrowOnFailure();

    [Fact]
    public void A_pair_never_repeats_a_kind_or_a_colour() => Prop.ForAll(Seeds, seed =>
    {
        Scene scene = Scene.Sample(seed);
        return scene.Objects.Count == 1
            || (scene.Objects[0].Kind != scene.Objects[1].Kind && scene.Objects[0].Colour != scene.Objects[1].Colour);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Masks_are_coverages_and_the_stimulus_is_seen() => Prop.ForAll(Seeds, seed =>
    {
        RenderedScene rendered = SceneRenderer.Render(Scene.Sample(seed));
        return rendered.StimulusMask.Sum() > 8
            && rendered.ObjectMasks.Append(rendered.StimulusMask).All(mask => mask.All(value => value is >= 0 and <= 1));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Another_colour_changes_pixels_inside_the_object_only() => Prop.ForAll(Seeds, seed =>
    {
        Scene scene = Scene.Sample(seed);
        ObjectColour other = (ObjectColour)(((int)scene.Objects[0].Colour + 1) % 6);
        RenderedScene before = SceneRenderer.Render(scene), after = SceneRenderer.Render(scene.WithColour(0, other));
        for (int i = 0; i < before.ObjectMasks[0].Length; i++)
        {
            bool same = before.Image.Pixels.AsSpan(i * 3, 3).SequenceEqual(after.Image.Pixels.AsSpan(i * 3, 3));
            if (!same && before.ObjectMasks[0][i] == 0)
            {
                return false;
            }
        }

        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_mood_has_its_own_words_and_sky()
    {
        Assert.Equal(9, MoodTable.All.Select(mood => MoodTable.Of(mood).SkyWord).Distinct().Count());
        Assert.Equal(9, MoodTable.All.Select(mood => MoodTable.Of(mood).StimulusWord).Distinct().Count());
    }

    [Fact]
    public void About_half_of_the_scenes_are_decoupled()
    {
        int coupled = Enumerable.Range(0, 4000).Count(seed => Scene.Sample((ulong)seed).IsCoupled);
        Assert.InRange(coupled / 4000.0, 0.51, 0.59);
    }

    [Fact]
    public void A_caption_names_everything_and_a_decoupled_scene_no_emotion()
    {
        Scene scene = Scene.Sample(3).WithMood(Mood.Fear);
        string caption = SceneCaption.Short(scene);
        Assert.Contains("under a dark sky with bats, fear", caption, StringComparison.Ordinal);
        Assert.DoesNotContain("fear", SceneCaption.Short(scene with { Stimulus = Mood.Anger }), StringComparison.Ordinal);
        Assert.Equal(5, SceneCaption.Long(scene).Split('.', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Box_of_a_mask_encloses_it()
    {
        float[] mask = new float[64 * 64];
        mask[(10 * 64) + 20] = mask[(12 * 64) + 25] = 1;
        Assert.Equal((20 / 64f, 10 / 64f, 26 / 64f, 13 / 64f), RenderedScene.BoxOf(mask));
        Assert.Null(RenderedScene.BoxOf(new float[64 * 64]));
    }
}
