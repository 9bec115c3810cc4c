using Pipeline.Stages.Scoring;

namespace Pipeline.Stages.Tests;

public sealed class EmotionLabelsTests
{
    private static readonly EmotionLabels s_labels = new(["neutral", "amusement", "Awe", "place: beach", "scary", "object: dog", "table"]);

    [Theory]
    [InlineData("amusement", 1)]
    [InlineData(" AWE ", 2)]
    [InlineData("fear", 3)]
    [InlineData("amusing", 1)]
    [InlineData("neutral", 0)]
    [InlineData("admiration", null)] // awe is close to it and not the same
    [InlineData("joy", null)]
    [InlineData("table", null)]
    public void A_wanted_emotion_is_found_by_its_word_or_its_category(string emotion, int? position) => Assert.Equal(position, s_labels.Find(emotion));

    [Fact]
    public void Emotions_share_what_they_are_given_and_other_labels_do_not_count()
    {
        Assert.Equal([0.1, 0.2, 0.3, 0.4], s_labels.Distribution([0.05, 0.1, 0.15, 0.9, 0.2, 0.8, 0.7]).Select(p => Math.Round(p, 12)));
        Assert.Equal([0.25, 0.25, 0.25, 0.25], s_labels.Distribution(new double[7]));
    }

    [Fact]
    public void A_classifier_without_emotions_is_none_of_emotions()
    {
        Assert.True(s_labels.AreEnough);
        Assert.False(new EmotionLabels(["tabby cat", "sadness"]).AreEnough);
    }
}
