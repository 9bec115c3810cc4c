namespace Pipeline.Methods.Prompting;

/// <summary>What was read from an answer, before validation.</summary>
internal sealed class AnswerDraft
{
    public string Source { get; set; } = "";

    public string Target { get; set; } = "";

    public string Overall { get; set; } = "";

    public List<StimulusDraft> Stimuli { get; } = [];

    public List<KeepDraft> Keep { get; } = [];

    public bool IsEmpty => Source.Length == 0 && Target.Length == 0 && !Stimuli.Exists(s => s.HasPhrase);

    /// <summary>Fills gaps from a later object of the same answer; its stimuli are added.</summary>
    public void Merge(AnswerDraft other)
    {
        Source = Source.Length > 0 ? Source : other.Source;
        Target = Target.Length > 0 ? Target : other.Target;
        Overall = Overall.Length > 0 ? Overall : other.Overall;
        Stimuli.AddRange(other.Stimuli);
        Keep.AddRange(other.Keep);
    }
}

/// <summary>One stimulus as read.</summary>
internal sealed class StimulusDraft
{
    public string Source { get; set; } = "";

    public string Target { get; set; } = "";

    /// <summary>A name that does not say whether it is the present or the wanted thing.</summary>
    public string Phrase { get; set; } = "";

    public string Detail { get; set; } = "";

    public string Action { get; set; } = "";

    public double? Importance { get; set; }

    public BoxDraft Box { get; set; } = BoxDraft.None;

    public bool HasPhrase => Source.Length + Target.Length + Phrase.Length > 0;
}

/// <summary>One entry of the keep-list as read.</summary>
internal sealed record KeepDraft(string Phrase, BoxDraft Box);

/// <summary>Rectangles as read: groups of four numbers in the answer's own scale.</summary>
/// <param name="Rectangles">Each x0, y0, then x1, y1 or width, height.</param>
/// <param name="IsPercent">The numbers carried a percent sign.</param>
/// <param name="IsCornerSize">The keys said width and height.</param>
/// <param name="IsGlobal">The answer said in words that it means the whole picture.</param>
internal sealed record BoxDraft(IReadOnlyList<double[]> Rectangles, bool IsPercent, bool IsCornerSize, bool IsGlobal)
{
    public static BoxDraft None { get; } = new([], false, false, false);
}
