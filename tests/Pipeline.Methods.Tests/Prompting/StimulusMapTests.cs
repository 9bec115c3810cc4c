using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Prompting;
using Pipeline.TestKit;

namespace Pipeline.Methods.Tests.Prompting;

public sealed class StimulusMapTests
{
    private static readonly StimulusMapOptions Options = new();
    private static readonly StimulusMapBuilder Builder = new(Options);

    [Fact]
    public void Combining_box_and_attention_gives_the_golden_values()
    {
        var golden = JsonDocument.Parse(File.ReadAllText(Fixtures.Path("editing-golden.json"))).RootElement.GetProperty("M_E_combine");
        var merged = StimulusRegions.Merge(4, 4, [(golden.GetProperty("weight").GetDouble(), StimulusRegions.Combine(Map("box"), Map("attn"), golden.GetProperty("beta").GetDouble()))]);
        Near(Map("out").Values, merged.Values, 1e-6);

        MaskImage Map(string name) => new(4, 4, [.. golden.GetProperty(name).EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(v => v.GetSingle())]);
    }

    [Fact]
    public void Attention_of_ones_leaves_the_box_as_it_is()
    {
        var box = StimulusRegions.FromBoxes([new UnitBox(0.2, 0.3, 0.6, 0.7)], 40, 30, Options);
        Near(box.Values, StimulusRegions.Combine(box, MaskImage.Filled(40, 30, 1), 0.5).Values, 1e-6);
        Assert.Same(box, StimulusRegions.Combine(box, new MaskImage(40, 30), 0.5));
    }

    [Fact]
    public void Attention_that_is_the_same_everywhere_says_nothing()
    {
        var stimulus = Rose(8, new UnitBox(0.2, 0.2, 0.6, 0.6));
        var flat = Evidence(("red rose", [.. Enumerable.Range(0, 36).Select(i => 0.01f + 1e-8f * (i % 5))]));
        var map = Builder.Build(48, 48, [stimulus], [], flat);
        Assert.Equal(StimulusMapSource.Box, map.Source);
        Assert.Equal(Builder.Build(48, 48, [stimulus], [], StimulusEvidence.None).Map!.Values, map.Map!.Values);
    }

    [Fact]
    public void Neutral_attention_removes_a_cell_that_every_word_looks_at()
    {
        var phrase = Bump(6, 4, 4);
        phrase[0] = 5;   // a sink in the corner
        var neutral = Enumerable.Repeat(0.2f, 36).ToArray();
        neutral[0] = 5;
        var with = StimulusRegions.FromAttention(new AttentionGrid(6, phrase), new AttentionGrid(6, neutral), 60, 60, Options);
        var without = StimulusRegions.FromAttention(new AttentionGrid(6, phrase), null, 60, 60, Options);
        Assert.True(with[45, 45] > 0.9f * with.Maximum() && with[2, 2] < 0.2f);
        Assert.True(without[2, 2] > without[45, 45]);
    }

    [Fact]
    public void Attention_covers_the_picture_stretched_to_a_square()
    {
        // Cell (row 1, column 4) of 6: on a wide picture around x = 4.5/6, y = 1.5/6.
        var map = StimulusRegions.FromAttention(new AttentionGrid(6, Bump(6, 1, 4)), null, 120, 36, Options);
        var peak = Array.IndexOf(map.Values, map.Maximum());
        Assert.InRange(peak % 120, 80, 99);
        Assert.InRange(peak / 120, 6, 11);
    }

    [Fact]
    public void Attention_alone_marks_about_its_top_quarter()
    {
        var map = Builder.Build(96, 64, [Rose(8)], [], Evidence(("red rose", Bump(12, 3, 8))));
        Assert.Equal(StimulusMapSource.Attention, map.Source);
        Assert.InRange(map.Map!.Values.Count(v => v > 0) / (96.0 * 64), 0.2, 0.3);
        Assert.Equal(1, map.Map.Maximum(), 5);
    }

    [Fact]
    public void Box_and_attention_that_disagree_trust_the_box_and_say_so()
    {
        var map = Builder.Build(60, 60, [Rose(8, new UnitBox(0.05, 0.05, 0.25, 0.25))], [], Evidence(("red rose", Bump(6, 5, 5))));
        Assert.Equal(StimulusMapSource.Box, map.Source);
        Assert.True(map.Stimuli[0].IsLowAgreement);
        Assert.Contains("lowAgreement: red rose", map.Notes);
        Assert.True(map.Map![6, 6] == 1 && map.Map[55, 55] == 0);
    }

    [Fact]
    public void Box_and_attention_that_agree_weaken_the_box_where_nothing_is_looked_at()
    {
        var map = Builder.Build(60, 60, [Rose(10, new UnitBox(0.1, 0.1, 0.9, 0.9))], [], Evidence(("red rose", Bump(6, 1, 1))));
        Assert.Equal(StimulusMapSource.BoxAndAttention, map.Source);
        Assert.True(map.Map![15, 15] > 0.95f);
        Assert.InRange(map.Map[48, 48], 0.49f, 0.6f);
        Assert.Equal(0, map.Map[0, 59]);
    }

    [Fact]
    public void An_addition_is_located_by_its_target_phrase()
    {
        var addition = new Stimulus("", "dark puddle", "", [], BoxUnit.None, 8, StimulusAction.Add, false);
        var map = Builder.Build(60, 60, [addition], [], Evidence(("dark puddle", Bump(6, 4, 1))));
        Assert.Equal(StimulusMapSource.Attention, map.Source);
        Assert.True(map.Map![15, 45] > 0.9f);
    }

    [Fact]
    public void Weights_follow_importance_with_a_floor()
    {
        var map = Builder.Build(60, 60, [
            Named("a", 10, new UnitBox(0, 0, 0.2, 0.2)), Named("b", 6, new UnitBox(0.4, 0.4, 0.6, 0.6)), Named("c", 1, new UnitBox(0.8, 0.8, 1, 1))], [], StimulusEvidence.None);
        Near([1, 0.6f, 0.3f], [map.Map![5, 5], map.Map[30, 30], map.Map[55, 55]], 1e-6);
        Assert.Equal([1, 0.6, 0.3], map.Stimuli.Select(s => s.Weight));
    }

    [Fact]
    public void A_single_minor_stimulus_still_reaches_one()
    {
        var map = Builder.Build(40, 40, [Rose(2, new UnitBox(0.2, 0.2, 0.8, 0.8))], [], StimulusEvidence.None);
        Assert.Equal(1, map.Map![20, 20], 6);
    }

    [Fact]
    public void A_global_stimulus_is_what_the_others_leave()
    {
        var sky = new Stimulus("background", "storm sky", "", [], BoxUnit.None, 5, StimulusAction.Change, true);
        var map = Builder.Build(40, 40, [Rose(10, new UnitBox(0, 0, 0.5, 1)), sky], [], StimulusEvidence.None);
        Assert.Equal(StimulusMapSource.Box | StimulusMapSource.Global, map.Source);
        Assert.Equal("box+global", map.Source.ToRecordText());
        Near([1, 0.5f], [map.Map![5, 20], map.Map[35, 20]], 1e-6);

        var alone = Builder.Build(40, 40, [sky], [], StimulusEvidence.None);
        Assert.All(alone.Map!.Values, v => Assert.Equal(1, v));
        Assert.Equal(StimulusMapSource.Global, alone.Source);
    }

    [Fact]
    public void Kept_things_with_a_place_are_cut_out_and_contradictions_are_not()
    {
        var rose = Rose(8, new UnitBox(0, 0, 1, 0.6));
        var keep = new KeptRegion("face", [new UnitBox(0.4, 0.1, 0.6, 0.3)]);
        var map = Builder.Build(50, 50, [rose], [keep, new KeptRegion("nowhere", [])], StimulusEvidence.None);
        Assert.Equal(0, map.Map![25, 10]);
        Assert.Equal(1, map.Map[5, 10]);
        Assert.Equal(["keptAway: face"], map.Notes);

        var contradiction = Builder.Build(50, 50, [rose], [new KeptRegion("Red Rose", [new UnitBox(0, 0, 1, 1)])], StimulusEvidence.None);
        Assert.Equal(1, contradiction.Map![25, 10]);
        Assert.Equal(["keepContradicts: Red Rose"], contradiction.Notes);
    }

    [Fact]
    public void A_segmenter_goes_before_box_and_attention()
    {
        var segment = new MaskImage(50, 50);
        for (var y = 20; y < 30; y++)
            segment.Row(y)[20..30].Fill(1);
        var evidence = new StimulusEvidence(new Dictionary<string, AttentionGrid> { ["red rose"] = new(6, Bump(6, 0, 0)) }, null, new FixedGrounding(("red rose", segment)));
        var map = Builder.Build(100, 100, [Rose(8, new UnitBox(0, 0, 0.2, 0.2))], [], evidence);
        Assert.Equal(StimulusMapSource.Segmenter, map.Source);
        Assert.Equal(1, map.Map![50, 50], 5);
        Assert.Equal(0, map.Map[10, 10]);
        Assert.InRange(map.Map.AreaOver(), 0.04, 0.055);

        // What the segmenter does not find falls back to the box.
        var box = Builder.Build(100, 100, [Named("sky", 8, new UnitBox(0, 0, 0.2, 0.2))], [], evidence);
        Assert.Equal(StimulusMapSource.Box, box.Source);
    }

    [Fact]
    public void Nothing_located_leaves_the_mask_to_cross_attention_or_opens_everything()
    {
        var map = Builder.Build(30, 20, [Rose(8)], [], StimulusEvidence.None);
        Assert.Null(map.Map);
        Assert.Equal("cross_attention", map.Source.ToRecordText());
        Assert.Contains("notLocated: red rose", map.Notes);

        var open = new StimulusMapBuilder(Options with { CrossAttentionFallback = false }).Build(30, 20, [], [], StimulusEvidence.None);
        Assert.Equal("fallback_global", open.Source.ToRecordText());
        Assert.All(open.Map!.Values, v => Assert.Equal(1, v));
        Assert.Equal(1, open.Area);
    }

    [Fact]
    public void A_stimulus_that_is_kept_away_wholly_counts_as_not_located()
    {
        var map = Builder.Build(40, 40, [Rose(8, new UnitBox(0.4, 0.4, 0.5, 0.5))], [new KeptRegion("pot", [new UnitBox(0.2, 0.2, 0.8, 0.8)])], StimulusEvidence.None);
        Assert.Equal(StimulusMapSource.CrossAttention, map.Source);
    }

    [Fact]
    public void A_tiny_map_is_dilated_and_a_nearly_full_one_filled()
    {
        var sharp = new StimulusMapBuilder(Options with { BoxFeather = 0 });
        var tiny = sharp.Build(200, 200, [Rose(8, new UnitBox(0.5, 0.5, 0.52, 0.55))], [], StimulusEvidence.None);
        Assert.Contains("dilated", tiny.Notes);
        Assert.InRange(tiny.Area, 0.007, 0.0085);   // 4 x 10 pixels grown by a disc of 6: (40 + 28 * 6 + 36 pi) / 40,000
        var full = sharp.Build(200, 200, [Rose(8, new UnitBox(0, 0.03, 1, 1))], [], StimulusEvidence.None);
        Assert.Contains("filled", full.Notes);
        Assert.All(full.Map!.Values, v => Assert.Equal(1, v));
    }

    [Fact]
    public void The_stored_forms_come_back_within_their_precision()
    {
        var map = Builder.Build(96, 60, [Rose(8, new UnitBox(0.2, 0.3, 0.5, 0.8)), Named("sky", 4, new UnitBox(0.6, 0, 1, 0.3))], [], StimulusEvidence.None);
        var raw = map.ToRaw();
        Assert.Equal(64 * 64 * 2, raw.Length);
        Near(map.Map!.AreaAverage(64, 64).Values, StimulusMap.FromRaw(raw).Values, 5e-4);
        Near(map.Map!.Values, MaskImage.Decode(map.Map!.EncodePng()).Values, 0.5 / 255 + 1e-6);
        Assert.Throws<ArgumentException>(() => StimulusMap.FromRaw(raw.AsSpan(2)));
        Assert.All(StimulusMap.FromRaw([.. Enumerable.Repeat((byte)0xff, 8192)]).Values, v => Assert.Equal(0, v));
    }

    [Fact]
    public void Every_option_shows_in_the_serialised_form_which_is_part_of_cache_keys()
    {
        var json = JsonSerializer.SerializeToElement(Options);
        Assert.Equal(typeof(StimulusMapOptions).GetProperties().Length, json.EnumerateObject().Count());
        Assert.All(json.EnumerateObject(), p => Assert.NotEqual(JsonValueKind.Object, p.Value.ValueKind));
    }

    [Fact]
    public void Adding_a_stimulus_never_lowers_the_unscaled_map()
    {
        Prop.ForAll(Stimuli(1, 5).ToArbitrary(), all =>
        {
            var fewer = Unscaled(all.Skip(1));
            var more = Unscaled(all);
            Assert.All(fewer.Values.Zip(more.Values), v => Assert.True(v.Second >= v.First));
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void Adding_a_stimulus_of_no_greater_weight_never_lowers_M_E()
    {
        Prop.ForAll(Stimuli(2, 5).ToArbitrary(), all =>
        {
            var ordered = all.OrderByDescending(s => s.Importance).ToList();
            var fewer = Build(ordered[..^1]);
            var more = Build(ordered);
            Assert.All(fewer.Values.Zip(more.Values), v => Assert.True(v.Second >= v.First - 1e-6));
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void The_order_of_the_stimuli_does_not_matter_and_values_stay_in_range()
    {
        Prop.ForAll(Stimuli(1, 5).ToArbitrary(), all =>
        {
            var map = Build(all);
            Assert.Equal(map.Values, Build([.. all.AsEnumerable().Reverse()]).Values);
            Assert.All(map.Values, v => Assert.InRange(v, 0, 1));
            Assert.Equal(1, map.Maximum(), 5);
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void The_more_important_of_two_separate_stimuli_is_never_lower()
    {
        var pairs = from a in Gen.Choose(1, 10) from b in Gen.Choose(1, 10) select (a, b);
        Prop.ForAll(pairs.ToArbitrary(), p =>
        {
            var map = Build([Named("a", p.a, new UnitBox(0, 0, 0.3, 1)), Named("b", p.b, new UnitBox(0.7, 0, 1, 1))]);
            Assert.Equal(p.a.CompareTo(p.b), Math.Max(p.a, 3).CompareTo(Math.Max(p.b, 3)) == 0 ? p.a.CompareTo(p.b) : map[5, 20].CompareTo(map[58, 20]));
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void The_map_of_another_size_differs_by_at_most_a_pixel()
    {
        var cases = from stimuli in Stimuli(1, 3) from row in Gen.Choose(1, 10) from column in Gen.Choose(1, 10) select (stimuli, row, column);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var evidence = Evidence((c.stimuli[0].LocatingPhrase, Bump(12, c.row, c.column)));
            // Grey-value form of "the same up to a pixel": between the smallest and the largest value of the neighbourhood.
            var (atSmall, atLarge) = (Builder.Build(72, 60, c.stimuli, [], evidence), Builder.Build(144, 120, c.stimuli, [], evidence));
            if (!atSmall.Notes.SequenceEqual(atLarge.Notes))
                return;   // an area or overlap within rounding of one of the rule's thresholds
            var small = atSmall.Map!;
            var large = atLarge.Map!.AreaAverage(72, 60);
            var upper = small.Dilate(1.5);
            var lower = small.Invert().Dilate(1.5).Invert();
            Assert.All(large.Values.Zip(upper.Values), v => Assert.True(v.First <= v.Second + 0.05));
            Assert.All(lower.Values.Zip(large.Values), v => Assert.True(v.First <= v.Second + 0.05));
        }).Check(Config.QuickThrowOnFailure);
    }

    private static MaskImage Unscaled(IEnumerable<Stimulus> stimuli) =>
        StimulusRegions.Merge(64, 48, stimuli.Select(s => (Math.Max(0.3, s.Importance / 10), StimulusRegions.FromBoxes(s.Boxes, 64, 48, Options))));

    private static MaskImage Build(IReadOnlyList<Stimulus> stimuli) =>
        new StimulusMapBuilder(Options with { FullArea = 1, SmallArea = 0 }).Build(64, 48, stimuli, [], StimulusEvidence.None).Map!;

    private static Gen<List<Stimulus>> Stimuli(int least, int most)
    {
        var side = from a in Gen.Choose(0, 90) from length in Gen.Choose(8, 60) select (From: a / 100.0, To: Math.Min(1, (a + length) / 100.0));
        var box = from x in side from y in side select new UnitBox(x.From, y.From, x.To, y.To);
        var stimulus = from importance in Gen.Choose(1, 10) from boxes in box.ListOf(1) from name in Gen.Choose(0, 1000) select Named($"thing {name}", importance, [.. boxes]);
        return from count in Gen.Choose(least, most) from all in stimulus.ListOf(count) select all.ToList();
    }

    private static Stimulus Rose(double importance, params UnitBox[] boxes) => Named("red rose", importance, boxes);

    private static Stimulus Named(string phrase, double importance, params UnitBox[] boxes) =>
        new(phrase, $"withered {phrase}", "", boxes, boxes.Length > 0 ? BoxUnit.Unit : BoxUnit.None, importance, StimulusAction.Change, false);

    private static StimulusEvidence Evidence(params (string Phrase, float[] Grid)[] attention) =>
        new(attention.ToDictionary(a => a.Phrase, a => new AttentionGrid((int)Math.Sqrt(a.Grid.Length), a.Grid)), null, null);

    private static float[] Bump(int size, int row, int column) =>
        [.. from y in Enumerable.Range(0, size) from x in Enumerable.Range(0, size) select (float)Math.Exp(-0.5 * ((y - row) * (y - row) + (x - column) * (x - column)) * 16.0 / (size * size / 4.0))];

    private static void Near(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < actual.Length; i++)
            Assert.InRange(actual[i], expected[i] - tolerance, expected[i] + tolerance);
    }

    private sealed class FixedGrounding(params (string Phrase, MaskImage Map)[] regions) : IGroundedPicture
    {
        public MaskImage? Find(string phrase) => regions.FirstOrDefault(r => r.Phrase == phrase).Map;

        public void Dispose()
        {
        }
    }
}
