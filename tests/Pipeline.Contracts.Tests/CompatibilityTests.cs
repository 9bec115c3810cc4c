using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.TestKit;

namespace Pipeline.Contracts.Tests;

/// <summary>
/// Messages of released versions, as files that are never edited: a reader of today must understand them, and a message of today must still have every field of them.
/// </summary>
public sealed class CompatibilityTests
{
    private static readonly JsonSerializerOptions Indented = new(ContractJson.Options) { WriteIndented = true };
    private static readonly string Digest = new('a', 64);

    public static IReadOnlyDictionary<string, object> Current { get; } = new SortedDictionary<string, object>(StringComparer.Ordinal)
    {
        ["stage-work"] = new StageWork
        {
            JobId = "job-1", Picture = 12, Attempt = 1, Epoch = 2, Stage = "edit", Itinerary = ["caption", "score"], SettingsDigest = Digest,
            Targets = [new EditTarget { Item = 40, Emotion = "joy", Intensity = 0.5, Variant = 1, Seed = 1235, Inputs = Refs("prompt.prompts", "application/json") }],
            Inputs = Refs("source", "image/png", "s3://bucket/in/a.png"), Class = WorkClass.Express, Tenant = "t", DeadlineUtc = At(1), SentUtc = At(2),
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
        ["stage-result"] = new StageResult
        {
            JobId = "job-1", Epoch = 2, Stage = "edit", WorkerId = "w-1", Device = "cpu",
            Entries =
            [
                new StageResultEntry { Item = 40, Attempt = 1, Outcome = StageOutcome.Done, WorkKey = Digest, QueuedMs = 1, DownloadMs = 2, ComputeMs = 3, UploadMs = 4, BytesIn = 5, BytesOut = 6 },
                new StageResultEntry
                {
                    Item = 41, Outcome = StageOutcome.Poison,
                    Error = new ItemError { Code = ErrorCodes.SourceUndecodable, Class = FaultClass.Poison, Type = "X", Message = "no picture", Fingerprint = "f" },
                },
            ],
        },
        ["job-control"] = new JobControl { JobId = "job-1", Epoch = 3, Action = ControlAction.Cancel },
        ["worker-beat"] = new WorkerBeat
        {
            WorkerId = "w-1", Stages = ["edit"], Device = "cpu", ModelDigests = new Dictionary<string, string> { ["unet"] = Digest }, Busy = true,
            InHand = [new ItemInHand("job-1", 40)], ExpectedFreeUtc = At(3),
        },
    };

    public static TheoryData<string> Names => [.. Current.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_message_of_version_1_looks_as_it_always_did(string name)
    {
        string json = JsonSerializer.Serialize(Current[name], Current[name].GetType(), Indented);
        Snapshot.Matches(json + "\n", "tests", "Pipeline.Contracts.Tests", "Golden", "v1", $"{name}.json");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_stored_message_of_version_1_is_read_completely(string name)
    {
        string text = Golden(name);
        object? read = JsonSerializer.Deserialize(text, Current[name].GetType(), ContractJson.Options);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(text), JsonSerializer.SerializeToNode(read, Current[name].GetType(), ContractJson.Options)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_newer_producer_s_extra_fields_are_ignored(string name)
    {
        JsonObject message = JsonNode.Parse(Golden(name))!.AsObject();
        message["schemaVersion"] = 2;
        message["somethingNew"] = new JsonObject { ["deep"] = new JsonArray(1, 2) };
        object? read = message.Deserialize(Current[name].GetType(), ContractJson.Options);
        Assert.Equal(2, read!.GetType().GetProperty("SchemaVersion")!.GetValue(read));
    }

    [Fact]
    public void An_old_producer_without_the_optional_fields_is_understood()
    {
        string text = $$"""{"jobId":"j","picture":1,"stage":"prompt","targets":[{"item":3,"emotion":"joy"}],"inputs":{},"settingsDigest":"{{Digest}}"}""";
        StageWork work = JsonSerializer.Deserialize<StageWork>(text, ContractJson.Options)!;
        Assert.Equal(WorkClass.Bulk, work.Class);
        Assert.Equal(1, work.SchemaVersion);
        Assert.Equal(1.0, work.Targets[0].Intensity);
        Assert.Empty(work.Targets[0].Inputs);
        Assert.Null(work.TraceParent);
    }

    [Fact]
    public void A_message_without_a_required_field_is_refused() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<StageResult>("""{"jobId":"j"}""", ContractJson.Options));

    private static Dictionary<string, InputRef> Refs(string name, string type, string? uri = null) => new() { [name] = new InputRef { Blob = new BlobRef(Digest, 10, type), Uri = uri } };

    private static DateTimeOffset At(int minute) => new(2026, 1, 1, 0, minute, 0, TimeSpan.Zero);

    private static string Golden(string name) => File.ReadAllText(Path.Combine(Fixtures.RepositoryRoot, "tests", "Pipeline.Contracts.Tests", "Golden", "v1", $"{name}.json"));
}
