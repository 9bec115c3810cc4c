using System.Text.RegularExpressions;

namespace Pipeline.Methods.Prompting;

/// <summary>Turns a draft into values that later stages may rely on. Everything it drops, cuts or assumes is noted.</summary>
internal sealed partial class AnswerValidator(PictureSize? picture, AnswerLimits limits, ParseNoteList notes)
{
    private const double DefaultImportance = 5;
    private static readonly string[] AddWords = ["add", "insert", "introduc", "creat"];
    private static readonly string[] RemoveWords = ["remov", "delet", "eras", "eliminat"];

    /// <summary>The validated answer; <paramref name="isSections"/> tells which reader it came from.</summary>
    public ParsedAnswer Validate(AnswerDraft draft, bool isSections)
    {
        var source = Sentence(draft.Source);
        var target = Sentence(draft.Target);
        var stimuli = Stimuli(draft);
        if (source.Length + target.Length + stimuli.Count == 0)
            return Unusable();
        if (source.Length == 0)
            notes.Add(ParseNoteCodes.MissingSourceCaption);
        if (target.Length == 0)
            notes.Add(ParseNoteCodes.MissingTargetCaption);
        if (stimuli.Count == 0)
            notes.Add(ParseNoteCodes.MissingStimuli);
        var keep = Keep(draft);
        var overall = Sentence(draft.Overall);
        var status = isSections ? ParseStatus.Sections : notes.Count == 0 ? ParseStatus.Strict : ParseStatus.Repaired;
        return new ParsedAnswer(status, source, target, stimuli, keep, overall, notes.ToList());
    }

    /// <summary>The answer that says nothing.</summary>
    public ParsedAnswer Unusable()
    {
        notes.Add(ParseNoteCodes.Unusable, "neither captions nor stimuli");
        return new ParsedAnswer(ParseStatus.Fallback, "", "", [], [], "", notes.ToList());
    }

    private List<Stimulus> Stimuli(AnswerDraft draft)
    {
        var normaliser = new BoxNormaliser(draft.Stimuli.Select(s => s.Box).Concat(draft.Keep.Select(k => k.Box)), picture, limits, notes);
        var scale = ImportanceScale(draft.Stimuli);
        var valid = new List<Stimulus>();
        foreach (var stimulus in draft.Stimuli)
        {
            if (Phrases(stimulus) is { } phrases)
                valid.Add(Complete(stimulus, phrases, scale, normaliser));
            else
                notes.Add(ParseNoteCodes.MissingPhrase);
        }
        var distinct = valid.GroupBy(s => s.LocatingPhrase.ToLowerInvariant(), StringComparer.Ordinal).Select(Best).ToList();
        if (distinct.Count < valid.Count)
            notes.Add(ParseNoteCodes.DuplicatePhrase, valid.GroupBy(s => s.LocatingPhrase.ToLowerInvariant()).First(g => g.Count() > 1).Key);
        if (distinct.Count > limits.MaxStimuli)
            notes.Add(ParseNoteCodes.TooManyStimuli, $"{distinct.Count}, kept {limits.MaxStimuli}");
        return [.. distinct.OrderByDescending(s => s.Importance).ThenBy(s => s.LocatingPhrase, StringComparer.Ordinal).Take(limits.MaxStimuli)];
    }

    /// <summary>Of stimuli with the same phrase: the most important, then the one that says most.</summary>
    private static Stimulus Best(IEnumerable<Stimulus> same) => same.OrderByDescending(s => s.Importance).ThenByDescending(s => s.Boxes.Count > 0)
        .ThenByDescending(s => s.Detail.Length).ThenBy(s => s.Detail, StringComparer.Ordinal).ThenBy(s => s.TargetPhrase, StringComparer.Ordinal)
        .ThenBy(s => s.LocatingPhrase, StringComparer.Ordinal).ThenBy(s => s.Action).ThenBy(s => string.Join(';', s.Boxes), StringComparer.Ordinal).First();

    /// <summary>Source phrase, target phrase and action; null for a stimulus without any phrase.</summary>
    private (string Source, string Target, StimulusAction Action)? Phrases(StimulusDraft draft)
    {
        var source = Phrase(draft.Source);
        var target = Phrase(draft.Target);
        var name = Phrase(draft.Phrase);
        if (source.Length + target.Length + name.Length == 0)
            return null;
        var action = Action(draft.Action, source.Length + name.Length > 0);
        if (source.Length == 0 && action != StimulusAction.Add)
            source = name;
        if (target.Length == 0 && action == StimulusAction.Add)
            target = name.Length > 0 ? name : source;
        if (source.Length == 0 && action != StimulusAction.Add)
        {
            notes.Add(ParseNoteCodes.MissingSource, target);
            action = StimulusAction.Add;
        }
        if (target.Length == 0 && action == StimulusAction.Change)
        {
            notes.Add(ParseNoteCodes.MissingTarget, source);
            target = source;
        }
        return (source, target, action);
    }

    private Stimulus Complete(StimulusDraft draft, (string Source, string Target, StimulusAction Action) phrases, double scale, BoxNormaliser normaliser)
    {
        var (boxes, unit, isGlobal) = normaliser.Normalise(draft.Box);
        var stimulus = new Stimulus(phrases.Source, phrases.Target, Sentence(draft.Detail), boxes, unit, Importance(draft.Importance, scale), phrases.Action, isGlobal);
        if (isGlobal || boxes.Count > 0 || !WholePicture().IsMatch(stimulus.LocatingPhrase))
            return stimulus;
        notes.Add(ParseNoteCodes.BoxGlobal, stimulus.LocatingPhrase);
        return stimulus with { IsGlobal = true };
    }

    private StimulusAction Action(string text, bool hasSource)
    {
        switch (text)
        {
            case "change":
                return StimulusAction.Change;
            case "add":
                return StimulusAction.Add;
            case "remove":
                return StimulusAction.Remove;
        }
        var key = PlainText.Key(text);
        notes.Add(ParseNoteCodes.Action, text.Length == 0 ? "missing" : text);
        if (Array.Exists(AddWords, word => key.StartsWith(word, StringComparison.Ordinal)))
            return StimulusAction.Add;
        if (Array.Exists(RemoveWords, word => key.StartsWith(word, StringComparison.Ordinal)))
            return StimulusAction.Remove;
        return hasSource ? StimulusAction.Change : StimulusAction.Add;
    }

    /// <summary>10 where all importances lie in [0,1] and one of them is a fraction, else 1.</summary>
    private double ImportanceScale(List<StimulusDraft> stimuli)
    {
        var given = stimuli.Where(s => s.Importance is not null).Select(s => s.Importance!.Value).ToList();
        if (given.Count == 0 || given.Any(v => v is < 0 or > 1) || given.TrueForAll(double.IsInteger))
            return 1;
        notes.Add(ParseNoteCodes.ImportanceScale, "0 to 1");
        return 10;
    }

    private double Importance(double? given, double scale)
    {
        if (given is not { } value || !double.IsFinite(value))
        {
            notes.Add(ParseNoteCodes.ImportanceMissing);
            return DefaultImportance;
        }
        var clamped = Math.Clamp(value * scale, 1, 10);
        if (clamped != value * scale)
            notes.Add(ParseNoteCodes.ImportanceClamped, $"{value * scale}");
        return clamped;
    }

    private List<KeptRegion> Keep(AnswerDraft draft)
    {
        // Boxes of kept things were already noted with those of the stimuli: the scale is the answer's.
        var normaliser = new BoxNormaliser(draft.Stimuli.Select(s => s.Box).Concat(draft.Keep.Select(k => k.Box)), picture, limits, notes);
        var kept = draft.Keep.Select(k => new KeptRegion(Phrase(k.Phrase), normaliser.Normalise(k.Box).Boxes)).Where(k => k.Phrase.Length > 0)
            .GroupBy(k => k.Phrase.ToLowerInvariant(), StringComparer.Ordinal)
            .Select(g => g.OrderByDescending(k => k.Boxes.Count).ThenBy(k => k.Phrase, StringComparer.Ordinal)
                .ThenBy(k => string.Join(';', k.Boxes), StringComparer.Ordinal).First());
        return [.. kept.OrderBy(k => k.Phrase, StringComparer.Ordinal).Take(limits.MaxKeep)];
    }

    private string Phrase(string text)
    {
        text = text.Trim(' ', '"', '\'', '.', ',', ':', ';', '*', '`', '\u201c', '\u201d');
        if (PlainText.Key(text) is "" or "none" or "na" or "null" or "nothing" or "nan")
            return "";
        return Cut(text, limits.MaxPhrase);
    }

    /// <summary>A caption or sentence without the repetitions of a looping model.</summary>
    private string Sentence(string text)
    {
        var parts = SentenceEnd().Split(text);
        if (parts.Length > 1)
        {
            var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            var distinct = parts.Where(p => seen.Add(p.TrimEnd('.'))).ToList();
            if (distinct.Count < parts.Length)
            {
                notes.Add(ParseNoteCodes.RepeatedLine, distinct[^1]);
                text = string.Join(' ', distinct);
            }
        }
        return Cut(text, limits.MaxSentence);
    }

    private string Cut(string text, int length)
    {
        if (text.Length <= length)
            return text;
        notes.Add(ParseNoteCodes.TextCut, text);
        return PlainText.CutAtWord(text, length);
    }

    [GeneratedRegex(@"\b(?:background|backdrop|(?:whole|entire|full|overall) (?:image|picture|photo|scene|atmosphere)" +
        @"|overall (?:lighting|mood|tone)|everything)\b", RegexOptions.IgnoreCase)]
    private static partial Regex WholePicture();

    [GeneratedRegex(@"(?<=[.!?]) ")]
    private static partial Regex SentenceEnd();
}
