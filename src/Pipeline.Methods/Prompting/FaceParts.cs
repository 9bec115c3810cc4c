using System.Text.RegularExpressions;

namespace Pipeline.Methods.Prompting;

/// <summary>
/// Face mode: whatever the model listed, the stimuli are the eyes with the brows, the nose with the cheeks and the mouth with the lips, with fixed
/// importance and no additions or removals, so that an edit of a face changes its expression and nothing else.
/// </summary>
public static partial class FaceParts
{
    /// <summary>The answer with its stimuli brought to the three parts; parts that the answer lacks are named from the adjective. Every change is noted.</summary>
    public static ParsedAnswer Enforce(ParsedAnswer answer, string adjective)
    {
        var notes = new ParseNoteList();
        notes.AddAll(answer.Notes);
        Stimulus[] parts =
        [
            Part(answer, Eyes(), "eyes and eyebrows", adjective, 8, notes),
            Part(answer, Nose(), "nose and cheeks", adjective, 4, notes),
            Part(answer, Mouth(), "mouth and lips", adjective, 8, notes),
        ];
        foreach (var other in answer.Stimuli.Where(s => !Eyes().IsMatch(s.LocatingPhrase) && !Nose().IsMatch(s.LocatingPhrase) && !Mouth().IsMatch(s.LocatingPhrase)))
            notes.Add(ParseNoteCodes.FaceParts, $"dropped {other.LocatingPhrase}");
        var ordered = parts.OrderByDescending(s => s.Importance).ThenBy(s => s.LocatingPhrase, StringComparer.Ordinal).ToList();
        var status = answer.Status == ParseStatus.Strict && notes.Count > 0 ? ParseStatus.Repaired : answer.Status;
        return answer with { Stimuli = ordered, Notes = notes.ToList(), Status = status };
    }

    private static Stimulus Part(ParsedAnswer answer, Regex pattern, string name, string adjective, double importance, ParseNoteList notes)
    {
        if (answer.Stimuli.FirstOrDefault(s => pattern.IsMatch(s.LocatingPhrase)) is not { } given)
        {
            notes.Add(ParseNoteCodes.FaceParts, $"{name} was missing");
            return new Stimulus(name, $"{adjective} {name}", "", [], BoxUnit.None, importance, StimulusAction.Change, false);
        }
        if (given.Importance == importance && given.Action == StimulusAction.Change && !given.IsGlobal)
            return given;
        notes.Add(ParseNoteCodes.FaceParts, $"{name}: importance or action was replaced");
        return given with
        {
            SourcePhrase = given.SourcePhrase.Length > 0 ? given.SourcePhrase : name,
            TargetPhrase = given.TargetPhrase.Length > 0 ? given.TargetPhrase : $"{adjective} {name}",
            Importance = importance,
            Action = StimulusAction.Change,
            IsGlobal = false,
        };
    }

    [GeneratedRegex(@"\b(?:eyes?|(?:eye)?brows?|eyelids?|gaze)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Eyes();

    [GeneratedRegex(@"\b(?:nose|nostrils?|cheeks?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Nose();

    [GeneratedRegex(@"\b(?:mouth|lips?|smile|teeth|jaw)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Mouth();
}
