using Pipeline.Stages.Core;
using Pipeline.Stages.Modelling;

namespace Pipeline.Stages.Prompting;

/// <summary>The computation of the prompt stage: the edits of one picture are asked about together, so that the picture is encoded once.</summary>
public sealed class PromptWork(ModelSlot<IEmotionPrompter> prompter)
{
    /// <summary>Prompts and regions of a batch, in its order.</summary>
    public IReadOnlyList<UnitOutcome<PromptResult>> Run(IReadOnlyList<PromptInput> batch, CancellationToken cancellation)
    {
        var outcomes = new UnitOutcome<PromptResult>[batch.Count];
        foreach (IGrouping<(string, string, ulong), int> picture in Enumerable.Range(0, batch.Count).GroupBy(i => (batch[i].SourceSha256, batch[i].Given.Key, batch[i].Seed)))
        {
            int[] members = [.. picture];
            try
            {
                PromptInput first = batch[members[0]];
                IReadOnlyList<PromptResult> results = prompter.Value.Prompt(first.Picture, [.. members.Select(i => batch[i].Emotion)], first.Given, first.Seed, cancellation);
                for (int k = 0; k < members.Length; k++)
                {
                    outcomes[members[k]] = results[k];
                }
            }
            catch (Exception e) when (e is not OperationCanceledException && members.Length < batch.Count)
            {
                // Other pictures of the batch are not to blame; a batch of one picture is left to the caller, who tries smaller ones.
                Array.ForEach(members, i => outcomes[i] = UnitOutcome.Failed<PromptResult>(e));
            }
        }

        return outcomes;
    }
}
