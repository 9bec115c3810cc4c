using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Messages;
using Pipeline.Contracts.Topology;

namespace Pipeline.Stages.Consuming;

/// <summary>
/// What follows a stage: one message a picture until <c>invert</c>, one per group of edits at <c>edit</c> (they share one source branch in one batch), one per edited picture
/// at <c>caption</c> and <c>score</c>, which do not wait for each other.
/// </summary>
public static class WorkRouter
{
    /// <summary>Most edits in one message of <c>edit</c>.</summary>
    public const int EditGroup = 8;

    /// <summary>Most edits in one message of <c>prompt</c> and <c>invert</c>: with what each edit carries by then, the message stays far below its limit.</summary>
    public const int PictureGroup = 32;

    /// <summary>The messages that follow.</summary>
    /// <param name="work">The message that was worked on.</param>
    /// <param name="inputs">The picture's artefacts, with those of this stage.</param>
    /// <param name="survivors">The edits that did not fail, with their artefacts.</param>
    public static IEnumerable<StageWork> Next(StageWork work, IReadOnlyDictionary<string, InputRef> inputs, IReadOnlyList<EditTarget> survivors)
    {
        if (survivors.Count == 0)
        {
            yield break;
        }

        foreach (string stage in StageGraph.After(work.Stage).Where(work.Itinerary.Contains))
        {
            StageWork next = work with { Stage = stage, Itinerary = [.. work.Itinerary.Where(s => s != stage)], Inputs = inputs };
            foreach (EditTarget[] group in survivors.Chunk(GroupSize(stage, survivors.Count)))
            {
                yield return next with { Targets = group };
            }
        }
    }

    private static int GroupSize(string stage, int targets) => stage switch
    {
        StageNames.Edit => EditGroup,
        StageNames.Caption or StageNames.Score => 1,
        _ => Math.Min(PictureGroup, targets),
    };
}
