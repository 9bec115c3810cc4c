using System.Text;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;

namespace Pipeline.Cli.Models.Tiny;

/// <summary>The text that the tiny tokenizers learn from: this project's own words only, its emotions, hints, questions and a list of things in pictures.</summary>
internal static class TinyCorpus
{
    private const string Things =
        "a photo of the picture shows one person two people man woman child dog cat bird horse fish boat car bicycle train house tower bridge street road city "
        + "village garden park forest tree flower rose leaf grass mountain hill river lake sea beach sky cloud rain snow fog sun moon star fire lamp candle window "
        + "door wall table chair vase bowl cup bottle glass plate fruit apple bread cake dress coat hat shoe ring necklace earring watch mirror book letter clock "
        + "red orange yellow green blue purple pink brown black white grey golden silver dark bright warm cold wet dry old new small big tall wide broken whole "
        + "standing sitting lying running flying falling holding looking smiling crying shining fading on in at under over behind beside near with without and or";

    /// <summary>The text; the same in every run of one version.</summary>
    public static string Text()
    {
        StringBuilder text = new();
        foreach (Emotion emotion in EmotionTaxonomy.All)
        {
            text.Append(emotion.Noun).Append(' ').Append(emotion.Adjective).Append(' ').AppendLine();
            text.AppendLine(new EmotionQuestion(emotion, SubjectMode.General, []).Text(QuestionForm.Json));
        }

        text.AppendLine(new EmotionQuestion(EmotionTaxonomy.ById(0), SubjectMode.Face, []).Text(QuestionForm.Sections));
        foreach (DomainHintTable domain in DomainHints.Default.Domains)
        {
            foreach (IReadOnlyList<string> words in domain.Words.OrderBy(w => w.Key).Select(w => w.Value))
            {
                text.AppendLine(string.Join(", ", words));
            }
        }

        // Often enough that every word of the list is learned whole.
        return text.Insert(0, Things + "\n", 8).ToString().ReplaceLineEndings("\n");
    }
}
