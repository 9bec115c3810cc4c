using Pipeline.Training.Contrast;
using Pipeline.Training.Data;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests.Contrast;

public sealed class ZeroShotEmotionsTests
{
    [Fact]
    public void Figures_are_those_of_a_case_worked_out_by_hand()
    {
        // Labels 0 0 1 2, first answers 0 1 1 0; class 3 is never asked for and never answered.
        float[][] cosines = [[4, 3, 2, 1], [3, 4, 2, 1], [1, 4, 3, 2], [4, 3, 1, 2]];
        ZeroShotScore score = ZeroShotEmotions.Measure(cosines, [0, 0, 1, 2], 4);
        Assert.Equal((4, 50, 75), (score.Pictures, score.Top1, score.Top3));            // the last picture's own class comes fourth
        Assert.Equal([50, 100, 0, null], score.Recall);
        Assert.Equal((50 + (200.0 / 3) + 0) / 3, score.MacroF1, 9);                     // F1 of class 0: 2/4, of 1: 2/3, of 2: 0
    }

    [Fact]
    public void A_class_that_is_only_answered_counts_in_the_mean_of_f1()
    {
        ZeroShotScore score = ZeroShotEmotions.Measure([[1, 2], [1, 2]], [0, 0], 2);
        Assert.Equal((0, 100, 0), (score.Top1, score.Top3, score.MacroF1));
        Assert.Equal([0, null], score.Recall);
    }

    [Fact]
    public void Of_equals_the_first_class_is_the_answer_and_no_picture_gives_no_figure()
    {
        Assert.Equal(100, ZeroShotEmotions.Measure([[1, 1]], [0], 2).Top1);
        Assert.Equal(0, ZeroShotEmotions.Measure([[1, 1]], [1], 2).Top1);
        Assert.True(double.IsNaN(ZeroShotEmotions.Measure([], [], 2).Top1));
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ZeroShotEmotions.Measure([[1, 2]], [0, 1], 2));
        Assert.Throws<ArgumentException>(() => ZeroShotEmotions.Measure([[1, 2, 3]], [0], 2));
        Assert.Throws<ArgumentException>(() => ZeroShotEmotions.Measure([[1, 2]], [2], 2));
    }

    [Fact]
    public void Recall_counts_other_words_that_are_nearer_and_takes_the_same_words_as_one_answer()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor cosines = tensor((float[])[0.9f, 0.1f, 0.2f, 0.8f, 0.3f, 0.5f, 0.1f, 0.6f, 0.4f], [3, 3]);
        Assert.Equal((100.0 / 3, 100.0 / 3), RetrievalRecall.Of(cosines, ["a", "b", "c"], 1));
        (double byPicture, double byText) = RetrievalRecall.Of(cosines, ["a", "b", "c"], 2);
        Assert.Equal((200.0 / 3, 100), (byPicture, byText));
        Assert.Equal((100.0, 100.0), RetrievalRecall.Of(cosines, ["a", "b", "c"], 3));
        Assert.Equal((100.0, 100.0), RetrievalRecall.Of(cosines, ["a", "a", "a"], 1));
        Assert.Throws<ArgumentException>(() => RetrievalRecall.Of(cosines, ["a", "b"], 1));
    }

    [Fact]
    public void The_worlds_classes_are_asked_for_in_words_of_one_token_and_scenes_carry_them()
    {
        using AnnotatedScenes scenes = new(new() { HeldOut = 64 });
        Assert.Equal(8, scenes.Classes.Count);
        Assert.All(scenes.Classes.SelectMany(c => c.Prompts), p =>
            Assert.Equal(p.Replace(",", " ,", StringComparison.Ordinal).Replace(".", " .", StringComparison.Ordinal).Split(' ').Length + 2, WorldTokenizer.Clip.Encode(p).Count));
        for (ulong seed = 0; seed < 100; seed++)
        {
            Scene scene = Scene.Sample(seed);
            bool labelled = scene.IsCoupled && scene.Sky != Mood.Neutral;
            Assert.Equal(labelled ? (int)scene.Sky - 1 : null, scenes.ClassOf(MoodAnnotation.Of(scene)));
        }
    }
}
