using Pipeline.Diffusion.Schedulers;
using Pipeline.Methods.Moodifier;
using Pipeline.Training.Contrast;
using Pipeline.Training.Denoising;
using Pipeline.Training.World;

namespace Pipeline.Training.Tests.Denoising;

public sealed class TrainingRulesTests
{
    [Fact]
    public void Weights_are_min_snr_over_snr()
    {
        NoiseSchedule schedule = NoiseSchedule.Create(new DdimOptions());
        SnrWeights weights = new(schedule, 5);
        foreach (int t in new[] { 0, 10, 100, 300, 500, 999 })
        {
            double ab = schedule.AlphaBar(t), snr = ab / (1 - ab);
            Assert.Equal(snr > 5 ? 5 / snr : 1, weights.Of(t), 12);
        }

        // EDITING.md's ᾱ_499 = 0.27766965: SNR 0.3844, below the limit; ᾱ_0 = 0.99915: SNR 1175.47
        Assert.Equal(1, weights.Of(499));
        Assert.Equal(5 / 1175.47, weights.Of(0), 6);
    }

    [Fact]
    public void The_asked_share_of_captions_is_left_out()
    {
        int dropped = Enumerable.Range(0, 20_000).Count(i => TrainingCaption.IsDropped((ulong)i * 7919, 0.1));
        Assert.InRange(dropped, 1_850, 2_150);      // 2000 ± 3.5 deviations
        Assert.All(Enumerable.Range(0, 1_000), i => Assert.False(TrainingCaption.IsDropped((ulong)i, 0)));
    }

    [Fact]
    public void Half_of_what_stands_for_no_caption_is_empty_and_the_rest_are_the_editors_own_texts()
    {
        string[] texts = [.. Enumerable.Range(0, 4_000).Select(i => TrainingCaption.Nothing((ulong)i))];
        Assert.InRange(texts.Count(t => t.Length == 0), 1_850, 2_150);
        Assert.Equal(["", new MoodifierOptions().PositivePrompt, new MoodifierOptions().NegativePrompt], texts.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Stimulus_words_are_said_without_the_sky_and_the_emotion_in_a_good_part_of_the_captions()
    {
        int said = 0, alone = 0;
        for (ulong seed = 0; seed < 4_000; seed++)
        {
            Scene scene = Scene.Sample(seed);
            string caption = TrainingCaption.Of(scene, seed * 31);
            MoodStyle sky = MoodTable.Of(scene.Sky);
            bool hasStimulus = caption.Contains(MoodTable.Of(scene.Stimulus).StimulusWord, StringComparison.Ordinal);
            bool telling = caption.Contains(sky.SkyWord + " sky", StringComparison.Ordinal) || caption.Contains($"is {sky.SkyWord}", StringComparison.Ordinal)
                || (sky.Emotion.Length > 0 && caption.Contains(sky.Emotion, StringComparison.Ordinal));
            said += hasStimulus ? 1 : 0;
            alone += hasStimulus && !telling ? 1 : 0;
        }

        Assert.InRange(said / 4_000.0, 0.5, 0.8);
        Assert.InRange((double)alone / said, 0.3, 0.6);
    }

    [Fact]
    public void Captions_fit_the_text_tower_and_have_only_words_of_the_world()
    {
        Assert.All(Enumerable.Range(0, 2_000), i =>
        {
            string caption = TrainingCaption.Of(Scene.Sample((ulong)i), (ulong)i);
            int words = caption.Replace(",", " ,", StringComparison.Ordinal).Replace(".", " .", StringComparison.Ordinal).Split(' ').Length;
            Assert.Equal(words + 2, WorldTokenizer.Clip.Encode(caption).Count);
            Assert.True(words + 2 <= 77, caption);
        });
    }
}
