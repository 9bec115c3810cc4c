using Pipeline.Imaging.Masks;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// Brings the rectangles of one answer to normalised coordinates. Models use one scale per answer, so percent, per-mille and pixels are told
/// apart by the largest number of all its boxes; a box of numbers up to 1.5 is always in unit coordinates (in any other scale it would be smaller than 2 %).
/// </summary>
internal sealed class BoxNormaliser
{
    private const double UnitLimit = 1.5;
    private const double MinSide = 0.02;
    private const double MinArea = 0.001;
    private const double GlobalArea = 0.98;
    private readonly PictureSize? _picture;
    private readonly AnswerLimits _limits;
    private readonly ParseNoteList _notes;
    private readonly BoxUnit _largeUnit;

    public BoxNormaliser(IEnumerable<BoxDraft> all, PictureSize? picture, AnswerLimits limits, ParseNoteList notes)
    {
        _picture = picture;
        _limits = limits;
        _notes = notes;
        var largest = all.Where(b => !b.IsPercent).SelectMany(b => b.Rectangles).Select(r => r.Max()).DefaultIfEmpty(0).Max();
        _largeUnit = largest <= 100 ? BoxUnit.Percent : largest <= 1000 ? BoxUnit.PerMille : BoxUnit.Pixels;
    }

    /// <summary>The boxes in unit coordinates, their original unit, and whether the region is the whole picture.</summary>
    public (IReadOnlyList<UnitBox> Boxes, BoxUnit Unit, bool IsGlobal) Normalise(BoxDraft draft)
    {
        var boxes = new List<UnitBox>();
        var unit = BoxUnit.None;
        var isGlobal = draft.IsGlobal;
        foreach (var rectangle in draft.Rectangles.Take(_limits.MaxBoxes))
        {
            var own = draft.IsPercent ? BoxUnit.Percent : rectangle.Max() <= UnitLimit ? BoxUnit.Unit : _largeUnit;
            if (ToUnit(rectangle, own, draft.IsCornerSize) is not { } box)
                continue;
            unit = own;
            if (box.Area >= GlobalArea)
                isGlobal = true;
            else if (box.Area < MinArea)
                _notes.Add(ParseNoteCodes.BoxDropped, "smaller than 0.1 % of the picture");
            else if (!boxes.Contains(box))
                boxes.Add(box);
        }
        if (unit is not (BoxUnit.None or BoxUnit.Unit))
            _notes.Add(ParseNoteCodes.BoxUnit, unit.ToString());
        if (isGlobal)
            _notes.Add(ParseNoteCodes.BoxGlobal, "the whole picture");
        boxes.Sort((a, b) => (a.Top, a.Left, a.Bottom, a.Right).CompareTo((b.Top, b.Left, b.Bottom, b.Right)));
        return isGlobal ? ([], unit, true) : (boxes, boxes.Count == 0 ? BoxUnit.None : unit, false);
    }

    private UnitBox? ToUnit(double[] r, BoxUnit unit, bool isCornerSize)
    {
        if (unit == BoxUnit.Pixels && _picture is not { Width: > 0, Height: > 0 })
        {
            _notes.Add(ParseNoteCodes.BoxDropped, "pixels of a picture of unknown size");
            return null;
        }
        var (width, height) = unit switch
        {
            BoxUnit.Percent => (100.0, 100.0),
            BoxUnit.PerMille => (1000.0, 1000.0),
            BoxUnit.Pixels => (_picture!.Value.Width, _picture.Value.Height),
            _ => (1.0, 1.0),
        };
        double x0 = r[0] / width, y0 = r[1] / height, x1 = r[2] / width, y1 = r[3] / height;
        if (isCornerSize || x1 <= x0 || y1 <= y0)
        {
            if (!isCornerSize)
                _notes.Add(ParseNoteCodes.BoxCornerSize);
            (x1, y1) = (x0 + x1, y0 + y1);
        }
        return Clamp(x0, y0, x1, y1);
    }

    private UnitBox? Clamp(double x0, double y0, double x1, double y1)
    {
        var box = new UnitBox(Math.Clamp(x0, 0, 1), Math.Clamp(y0, 0, 1), Math.Clamp(x1, 0, 1), Math.Clamp(y1, 0, 1));
        var (width, height) = (box.Right - box.Left, box.Bottom - box.Top);
        if (!(width > 0 && height > 0))
        {
            _notes.Add(ParseNoteCodes.BoxDropped, "empty or outside the picture");
            return null;
        }
        if (box != new UnitBox(x0, y0, x1, y1))
            _notes.Add(ParseNoteCodes.BoxClamped);
        if (width >= MinSide && height >= MinSide)
            return box;
        _notes.Add(ParseNoteCodes.BoxGrown, "to 2 % of the side");
        var (left, right) = Grow(box.Left, box.Right);
        var (top, bottom) = Grow(box.Top, box.Bottom);
        return new UnitBox(left, top, right, bottom);
    }

    private static (double From, double To) Grow(double from, double to)
    {
        if (to - from >= MinSide)
            return (from, to);
        var start = Math.Clamp((from + to - MinSide) / 2, 0, 1 - MinSide);
        return (start, start + MinSide);
    }
}
