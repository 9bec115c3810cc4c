using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Resampling;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// Builds the emotion stimulus map M_E (Moodifier: "attention maps M_E that identify where modifications should occur") from the stimuli's boxes, the
/// model's attention and, where there is one, a segmenter. The paper leaves the construction open; the rule is written down in the method's document.
/// </summary>
public sealed class StimulusMapBuilder(StimulusMapOptions options)
{
    /// <summary>M_E of a picture of the working size.</summary>
    /// <param name="width">Columns of the working picture.</param>
    /// <param name="height">Rows of the working picture.</param>
    /// <param name="stimuli">The stimuli, in any order.</param>
    /// <param name="keep">Things that must stay.</param>
    /// <param name="evidence">Attention and segmenter; boxes come with the stimuli.</param>
    public StimulusMap Build(int width, int height, IReadOnlyList<Stimulus> stimuli, IReadOnlyList<KeptRegion> keep, StimulusEvidence evidence)
    {
        var notes = new List<string>();
        var rows = stimuli.Select(s => s.IsGlobal ? Row(s, StimulusMapSource.Global, null, false) : Locate(s, width, height, evidence)).ToList();
        FillGlobals(rows, width, height);
        foreach (var row in rows)
        {
            if (row.IsLowAgreement)
                notes.Add($"lowAgreement: {row.Stimulus.LocatingPhrase}");
            if (row.Map is null)
                notes.Add($"notLocated: {row.Stimulus.LocatingPhrase}");
        }
        var located = rows.Where(r => r.Map is not null).ToList();
        var source = located.Aggregate(StimulusMapSource.None, (all, r) => all | r.Source);
        var map = StimulusRegions.Merge(width, height, located.Select(r => (r.Weight, r.Map!)));
        map = map.Maximum() is > 0 and var maximum ? map.Scale(1 / maximum) : map;
        map = Protect(map, keep, stimuli, evidence, notes);
        return Check(map, source, rows, notes);
    }

    /// <summary>A user's mask in place of the map, brought to the working size; the stimuli are listed without maps of their own.</summary>
    public StimulusMap Given(MaskImage mask, PictureSize size, IReadOnlyList<Stimulus> stimuli)
    {
        var map = (mask.Width == size.Width && mask.Height == size.Height ? mask : mask.Resize(size.Width, size.Height, ResampleFilter.Bilinear)).Clamp();
        return new StimulusMap(map, StimulusMapSource.Given, map.AreaOver(), [.. stimuli.Select(s => Row(s, StimulusMapSource.Given, null, false))], []);
    }

    private LocatedStimulus Row(Stimulus stimulus, StimulusMapSource source, MaskImage? map, bool isLowAgreement) =>
        new(stimulus, Math.Max(options.MinWeight, stimulus.Importance / 10), source, map?.AreaOver() ?? 0, isLowAgreement, map);

    private LocatedStimulus Locate(Stimulus stimulus, int width, int height, StimulusEvidence evidence)
    {
        var (map, source, isLowAgreement) = Find(stimulus.LocatingPhrase, stimulus.Boxes, width, height, evidence, useAttention: true);
        return Row(stimulus, source, map, isLowAgreement);
    }

    /// <summary>g of a phrase: the segmenter's region, else box and attention together, else either of them.</summary>
    private (MaskImage? Map, StimulusMapSource Source, bool IsLowAgreement) Find(
        string phrase, IReadOnlyList<UnitBox> boxes, int width, int height, StimulusEvidence evidence, bool useAttention)
    {
        if (evidence.Grounding?.Find(phrase) is { } segment && segment.Maximum() > 0)
            return (StimulusRegions.FromSegment(segment, width, height, options), StimulusMapSource.Segmenter, false);
        var attention = useAttention && evidence.Attention.TryGetValue(phrase, out var grid)
            ? StimulusRegions.FromAttention(grid, evidence.Neutral, width, height, options)
            : null;
        if (attention is not null && !(attention.Maximum() > 0))
            attention = null;   // the same everywhere: it says nothing
        if (boxes.Count == 0)
            return attention is null ? (null, StimulusMapSource.None, false) : (StimulusRegions.TopOf(attention, options), StimulusMapSource.Attention, false);
        var box = StimulusRegions.FromBoxes(boxes, width, height, options);
        if (attention is null)
            return (box, StimulusMapSource.Box, false);
        // Agreement is judged against the sharp boxes, and where attention is over half of its peak: the blur leaves a small region a peak below 1.
        if (MaskShapes.Boxes(width, height, boxes).IntersectionOverUnion(attention.Scale(1 / attention.Maximum())) < options.LowAgreement)
            return (box, StimulusMapSource.Box, true);
        return (StimulusRegions.Combine(box, attention, options.AttentionInBox), StimulusMapSource.BoxAndAttention, false);
    }

    /// <summary>A global stimulus is what no other one covers: 1 - max of the others; everything where there are no others.</summary>
    private void FillGlobals(List<LocatedStimulus> rows, int width, int height)
    {
        var background = StimulusRegions.Merge(width, height, rows.Where(r => r.Map is not null).Select(r => (1.0, r.Map!))).Invert();
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].Source == StimulusMapSource.Global)
                rows[i] = Row(rows[i].Stimulus, StimulusMapSource.Global, background, false);
        }
    }

    private MaskImage Protect(MaskImage map, IReadOnlyList<KeptRegion> keep, IReadOnlyList<Stimulus> stimuli, StimulusEvidence evidence, List<string> notes)
    {
        foreach (var kept in keep)
        {
            if (stimuli.Any(s => s.LocatingPhrase.Equals(kept.Phrase, StringComparison.OrdinalIgnoreCase)))
            {
                notes.Add($"keepContradicts: {kept.Phrase}");   // named as to change and to keep: the change is what was asked for
                continue;
            }
            var (region, _, _) = Find(kept.Phrase, kept.Boxes, map.Width, map.Height, evidence, options.KeepByAttention);
            if (region is null)
                continue;
            notes.Add($"keptAway: {kept.Phrase}");
            map = map.Multiply(region.Clamp().Invert());
        }
        return map;
    }

    private StimulusMap Check(MaskImage map, StimulusMapSource source, List<LocatedStimulus> rows, List<string> notes)
    {
        var area = map.AreaOver();
        if (area <= 0)
        {
            return options.CrossAttentionFallback
                ? new StimulusMap(null, StimulusMapSource.CrossAttention, 1, rows, notes)
                : new StimulusMap(MaskImage.Filled(map.Width, map.Height, 1), StimulusMapSource.FallbackGlobal, 1, rows, notes);
        }
        if (area < options.SmallArea)
        {
            notes.Add("dilated");
            map = map.Dilate(options.Dilation * Math.Min(map.Width, map.Height));
        }
        else if (area > options.FullArea)
        {
            notes.Add("filled");
            map = MaskImage.Filled(map.Width, map.Height, 1);
        }
        return new StimulusMap(map, source, map.AreaOver(), rows, notes);
    }
}
