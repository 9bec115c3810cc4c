using System.Text.Json;
using Pipeline.Contracts.Topology;

namespace Pipeline.Ledger.Audit;

/// <summary>One line of a job's audit: an item as the ledger knows it.</summary>
public sealed record AuditItem
{
    /// <summary>Number in the job.</summary>
    public required long Item { get; init; }

    /// <summary>Number of its picture.</summary>
    public required long Picture { get; init; }

    /// <summary>Name of the picture in the manifest.</summary>
    public required string Id { get; init; }

    /// <summary>Emotion.</summary>
    public required string Emotion { get; init; }

    /// <summary>Strength in (0, 1].</summary>
    public required double Intensity { get; init; }

    /// <summary>Variant, from 0.</summary>
    public required int Variant { get; init; }

    /// <summary>Seed of the variant.</summary>
    public required long Seed { get; init; }

    /// <summary>State, by name.</summary>
    public required string State { get; init; }

    /// <summary>Tries beyond the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>Epoch: raised by cancel and replay.</summary>
    public required int Epoch { get; init; }

    /// <summary>How often it has killed its worker.</summary>
    public required int Crashes { get; init; }

    /// <summary>Outcomes by stage, in the order of the data flow.</summary>
    public required IReadOnlyDictionary<string, AuditStage> Stages { get; init; }

    /// <summary>Why it failed.</summary>
    public ItemFailure? Failure { get; init; }

    /// <summary>The manifest line; a text where the ledger's is no JSON.</summary>
    public required JsonElement Line { get; init; }

    /// <summary>The line of an item.</summary>
    public static AuditItem Of(ItemReport item) => new()
    {
        Item = item.Item, Picture = item.Picture, Id = item.PictureId, Emotion = item.Emotion, Intensity = item.Intensity, Variant = item.Variant, Seed = item.Seed,
        State = item.State.ToString(), Attempt = item.Attempt, Epoch = item.Epoch, Crashes = item.Crashes, Failure = item.Failure, Line = Parse(item.LineJson),
        Stages = StageNames.All.Where(item.Stages.ContainsKey).ToDictionary(s => s, s => AuditStage.Of(item.Stages[s])),
    };

    internal static JsonElement Parse(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(json);
        }
    }
}
