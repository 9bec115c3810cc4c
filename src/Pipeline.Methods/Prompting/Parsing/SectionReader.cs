using System.Text.RegularExpressions;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// Reads the text template for models that refuse JSON: numbered stimuli (<c>1. red rose -&gt; wilted rose:</c>), each followed by an "Emotional Sentence",
/// then "Image Description" and "Overall Emotion". Lines that repeat earlier ones are dropped, since models loop.
/// </summary>
internal sealed partial class SectionReader(AnswerLimits limits, ParseNoteList notes)
{
    private const int MaxLines = 400;

    private const string HeadingPattern =
        @"\A((?:emotional |target |source |edited |new |original |current |overall |image |bounding |importance )?" +
        @"(?:sentence|details?|caption|(?:image )?description|emotion|mood|importance|score|box|action|keep))\s*[:\uff1a]\s*(.*)\z";

    private readonly AnswerDraft _draft = new();
    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _kept = [];
    private StimulusDraft? _stimulus;
    private Field _field = Field.None;
    private string _pending = "";
    private bool _hasHeading;

    private enum Field
    {
        None,
        Source,
        Target,
        Overall,
        Detail,
    }

    /// <summary>What the sections say; empty where none of the template's headings occurs.</summary>
    public AnswerDraft Read(string text)
    {
        foreach (var line in text.Split('\n', MaxLines + 1).Take(MaxLines))
            ReadLine(Decoration().Replace(line.Length > 4000 ? line[..4000] : line, "").Trim());
        if (!_hasHeading)
            return new AnswerDraft();
        if (!_draft.IsEmpty)
            notes.Add(ParseNoteCodes.Sections);
        return _draft;
    }

    private void ReadLine(string line)
    {
        if (line.Length == 0)
            return;
        var numbered = Numbered().Match(line);
        var content = numbered.Success ? numbered.Groups[1].Value : line;
        if (ReadHeading(content))
            return;
        if (numbered.Success)
            StartStimulus(content);
        else if (line.EndsWith(':') && line.Length <= limits.MaxPhrase)
            _pending = line;   // an unnumbered phrase, if an emotional sentence follows
        else
            Continue(line);
    }

    private void StartStimulus(string text)
    {
        // "red rose -> wilted rose: Emotional Sentence: ..." or with the sentence on the next line
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? text : text[..colon];
        _stimulus = new StimulusDraft();
        if (!IsPlaceholder(name))
            _draft.Stimuli.Add(_stimulus);
        _field = Field.Detail;
        _pending = "";
        var score = Score().Match(name);
        if (score.Success)
        {
            _stimulus.Importance = NumberText.Importance(score.Groups[1].Value);
            name = name.Remove(score.Index, score.Length);
        }
        var parts = Arrow().Split(name, 2);
        if (parts.Length == 2)
            (_stimulus.Source, _stimulus.Target) = (PlainText.Collapse(parts[0]), PlainText.Collapse(parts[1]));
        else
            _stimulus.Phrase = PlainText.Collapse(name);
        if (colon >= 0 && text[(colon + 1)..].Trim() is { Length: > 0 } rest && !ReadHeading(rest))
            Continue(rest);
    }

    /// <summary>Reads a line that starts with a known heading and a colon; false where it does not.</summary>
    private bool ReadHeading(string line)
    {
        var match = Heading().Match(line);
        if (!match.Success)
            return false;
        var value = match.Groups[2].Value.Trim();
        var key = PlainText.Key(match.Groups[1].Value);
        switch (key)
        {
            case "emotionalsentence" or "sentence" or "emotionaldetail" or "detail" or "details":
                if (_pending.Length > 0)
                    StartStimulus(_pending);
                Begin(Field.Detail, value);
                break;
            case "imagedescription" or "targetdescription" or "targetcaption" or "editeddescription" or "newdescription":
                Begin(Field.Target, value);
                break;
            case "sourcedescription" or "sourcecaption" or "originaldescription" or "originalcaption" or "currentdescription":
                Begin(Field.Source, value);
                break;
            case "overallemotion" or "overallmood":
                Begin(Field.Overall, value);
                break;
            case "importance" or "importancescore" when _stimulus is not null:
                _stimulus.Importance = NumberText.Importance(value);
                break;
            case "box" or "boundingbox" when _stimulus is not null:
                _stimulus.Box = new BoxReader(limits, notes).ReadText(value);
                break;
            case "action" when _stimulus is not null:
                _stimulus.Action = value.ToLowerInvariant();
                break;
            case "keep":
                _draft.Keep.AddRange(value.Split([',', ';'], 4 * limits.MaxKeep).Select(p => new KeepDraft(PlainText.Collapse(p), BoxDraft.None)));
                break;
        }
        _hasHeading |= key is not ("importance" or "box" or "action" or "keep" or "detail" or "details" or "sentence");
        return true;
    }

    private void Begin(Field field, string value)
    {
        _field = field;
        _pending = "";
        if (value.Length > 0)
            Continue(value);
    }

    /// <summary>Adds prose to the current field unless it repeats an earlier line or part of one.</summary>
    private void Continue(string prose)
    {
        prose = PlainText.Collapse(prose);
        if (prose.Length == 0 || _field == Field.None || _field == Field.Detail && _stimulus is null || IsPlaceholder(prose)) // a line of invisible characters says nothing
            return;
        if (!_seen.Add(prose) || prose.Length > 12 && _kept.Exists(k => k.Contains(prose, StringComparison.OrdinalIgnoreCase)))
        {
            notes.Add(ParseNoteCodes.RepeatedLine, prose);
            return;
        }
        _kept.Add(prose);
        switch (_field)
        {
            case Field.Source:
                _draft.Source = Join(_draft.Source, prose);
                break;
            case Field.Target:
                _draft.Target = Join(_draft.Target, prose);
                break;
            case Field.Overall:
                _draft.Overall = Join(_draft.Overall, prose);
                break;
            default:
                _stimulus!.Detail = Join(_stimulus.Detail, prose);
                break;
        }
    }

    /// <summary>A field of the template that was repeated instead of filled.</summary>
    private static bool IsPlaceholder(string text) => text.StartsWith('<');

    private static string Join(string text, string more) => text.Length == 0 ? more : $"{text} {more}";

    [GeneratedRegex(@"\A[\s>#*\-\u2022_]+|\*\*|__|`")]
    private static partial Regex Decoration();

    [GeneratedRegex(@"\A(?:(?:stimulus|element|object|item|region)\s*)?#?\d{1,2}\s*[.):\-\u3001]\s*(.{1,400})", RegexOptions.IgnoreCase)]
    private static partial Regex Numbered();

    [GeneratedRegex(HeadingPattern, RegexOptions.IgnoreCase)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\((?:importance|score)?[:\s]*(\d{1,2}(?:\s*/\s*\d{1,3})?)\)", RegexOptions.IgnoreCase)]
    private static partial Regex Score();

    [GeneratedRegex(@"\s*(?:->|=>|\u2192|-->)\s*")]
    private static partial Regex Arrow();
}
