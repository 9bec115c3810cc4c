using System.Text.Json;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Prompting;
using Pipeline.TestKit;

namespace Pipeline.Methods.Tests.Prompting;

/// <summary>The corpus of answers: each line says the status, the exact set of notes, and the fields that must come out.</summary>
public sealed class BrokenAnswersTests
{
    public static TheoryData<string> Names() => [.. Cases.Keys];

    private static readonly Dictionary<string, JsonElement> Cases = File.ReadLines(Fixtures.Path("prompting", "broken-answers.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .ToDictionary(c => c.GetProperty("name").GetString()!);

    [Fact]
    public void The_corpus_has_at_least_200_cases_of_every_status()
    {
        Assert.True(Cases.Count >= 200);
        var statuses = Cases.Values.GroupBy(c => c.GetProperty("expect").GetProperty("status").GetString()).ToDictionary(g => g.Key!, g => g.Count());
        Assert.All(["strict", "repaired", "sections", "fallback"], s => Assert.True(statuses[s] >= 15, s));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_answer_is_read_as_expected(string name)
    {
        var test = Cases[name];
        var expect = test.GetProperty("expect");
        PictureSize? picture = test.TryGetProperty("picture", out var size) ? new PictureSize(size[0].GetInt32(), size[1].GetInt32()) : null;
        var answer = AnswerParser.Parse(test.GetProperty("answer").GetString(), picture);

        Assert.Equal(expect.GetProperty("status").GetString(), answer.Status.ToString().ToLowerInvariant());
        Assert.Equal(
            string.Join(' ', expect.GetProperty("notes").EnumerateArray().Select(n => n.GetString()!).Order(StringComparer.Ordinal)),
            string.Join(' ', answer.Notes.Select(n => n.Code).Order(StringComparer.Ordinal)));
        Text(expect, "source", answer.SourceCaption);
        Text(expect, "target", answer.TargetCaption);
        Text(expect, "overall", answer.OverallEmotion);
        if (expect.TryGetProperty("keep", out var keep))
            Assert.Equal(keep.EnumerateArray().Select(k => k.GetString()), answer.Keep.Select(k => k.Phrase));
        if (expect.TryGetProperty("stimuli", out var stimuli))
        {
            Assert.Equal(stimuli.GetArrayLength(), answer.Stimuli.Count);
            foreach (var (expected, actual) in stimuli.EnumerateArray().Zip(answer.Stimuli))
                Compare(expected, actual);
        }
    }

    private static void Compare(JsonElement expected, Stimulus actual)
    {
        Text(expected, "source", actual.SourcePhrase);
        Text(expected, "target", actual.TargetPhrase);
        Text(expected, "detail", actual.Detail);
        Text(expected, "action", actual.Action.ToString().ToLowerInvariant());
        Text(expected, "unit", actual.BoxUnit.ToString());
        if (expected.TryGetProperty("importance", out var importance))
            Assert.Equal(importance.GetDouble(), actual.Importance, 9);
        if (expected.TryGetProperty("global", out var global))
            Assert.Equal(global.GetBoolean(), actual.IsGlobal);
        if (expected.TryGetProperty("box", out var box))
            Boxes(box.GetArrayLength() == 0 ? [] : [box], actual.Boxes);
        if (expected.TryGetProperty("boxes", out var boxes))
            Boxes([.. boxes.EnumerateArray()], actual.Boxes);
    }

    private static void Boxes(IReadOnlyList<JsonElement> expected, IReadOnlyList<UnitBox> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < actual.Count; i++)
        {
            double[] sides = [actual[i].Left, actual[i].Top, actual[i].Right, actual[i].Bottom];
            for (var side = 0; side < 4; side++)
                Assert.Equal(expected[i][side].GetDouble(), sides[side], 9);
        }
    }

    private static void Text(JsonElement expect, string property, string actual)
    {
        if (expect.TryGetProperty(property, out var expected))
            Assert.Equal(expected.GetString(), actual);
    }
}
