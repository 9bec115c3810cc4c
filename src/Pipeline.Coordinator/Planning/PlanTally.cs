using Pipeline.Contracts.Jobs;
using Pipeline.Ledger;
using Pipeline.Stages.Planning;

namespace Pipeline.Coordinator.Planning;

/// <summary>What was counted of a job: all of it by its lines, and the sample by what the store has.</summary>
internal sealed class PlanTally(int sample)
{
    private const int MostEmotions = 100_000;
    private readonly Lock gate = new();
    private readonly Dictionary<string, StageCount> stages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> emotions = new(StringComparer.Ordinal);

    public PictureSample Sample { get; } = new(sample);

    public long Pictures { get; private set; }

    public long Items { get; private set; }

    public long BadLines { get; set; }

    public IReadOnlyDictionary<string, long> Emotions => emotions;

    public long ExaminedPictures { get; private set; }

    public long ExaminedItems { get; private set; }

    public long FoundItems { get; private set; }

    public long ImpossibleItems { get; private set; }

    public long Unreadable { get; private set; }

    /// <summary>The first thing that is wrong with a picture or edit.</summary>
    public string? Problem { get; private set; }

    /// <summary>Counts a picture as its line asks for it.</summary>
    public void Add(JobLine line, IReadOnlyList<NewItem> items)
    {
        Pictures++;
        Items += items.Count;
        foreach (NewItem item in items.Where(i => emotions.Count < MostEmotions || emotions.ContainsKey(i.Emotion)))
        {
            emotions[item.Emotion] = emotions.GetValueOrDefault(item.Emotion) + 1;
        }

        Sample.Offer(line, items.Count);
    }

    /// <summary>Counts a picture of the sample.</summary>
    public void Add(PictureForecast picture)
    {
        lock (gate)
        {
            ExaminedPictures++;
            ExaminedItems += picture.Items;
            FoundItems += picture.FoundItems;
            ImpossibleItems += picture.ImpossibleItems;
            Unreadable += picture.IsReadable ? 0 : 1;
            Problem ??= picture.Problem;
            foreach ((string stage, StageCount count) in picture.Stages)
            {
                stages[stage] = stages.GetValueOrDefault(stage, new StageCount()) + count;
            }
        }
    }

    /// <summary>Counts of a stage in the sample.</summary>
    public StageCount Stage(string stage) => stages.GetValueOrDefault(stage, new StageCount());
}
