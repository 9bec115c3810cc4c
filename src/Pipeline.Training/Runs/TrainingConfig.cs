using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Training.Ranks;
using static TorchSharp.torch;

namespace Pipeline.Training.Runs;

/// <summary>Everything that determines a run. Two runs of one configuration on one machine give the same weights.</summary>
public sealed record TrainingConfig
{
    private const long MaximumBytes = 1 << 20;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        NumberHandling = JsonNumberHandling.Strict,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>What is trained: <c>vae</c>, …</summary>
    public required string System { get; init; }

    /// <summary>Seed of start weights, data order and noise.</summary>
    public long Seed { get; init; }

    /// <summary>Updates of the weights.</summary>
    public required int Steps { get; init; }

    /// <summary>Samples an update.</summary>
    public required int Batch { get; init; }

    /// <summary>Samples a forward pass; the gradients of one batch are added up. The batch itself when 0.</summary>
    public int MicroBatch { get; init; }

    /// <summary>
    /// Equal parts of a batch with random numbers of their own, 2 or more: what one process computes part by part, as many processes (<c>--world-size</c>) compute together, to the same bits. Undivided when 0.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Shards { get; init; }

    /// <summary>What products are computed in; the run's device must be able to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TrainingPrecision Precision { get; init; }

    /// <summary>How the weights are changed.</summary>
    public required OptimiserConfig Optimiser { get; init; }

    /// <summary>Decay of the running average of the weights, which is what is judged and exported; 0 uses the last weights.</summary>
    public double Average { get; init; } = 0.999;

    /// <summary>Updates between checkpoints, each with a score on held-out samples.</summary>
    public int CheckpointEvery { get; init; } = 500;

    /// <summary>Scenes, or a manifest of pictures.</summary>
    public WorldData Data { get; init; } = new();

    /// <summary>
    /// Folders of trained models that the run builds on, by role (<c>vae</c>, <c>clip</c>, …). Where they lie is no part of <see cref="Digest"/>: a run may go on after they were moved, but
    /// not with other contents.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Base { get; init; }

    /// <summary>Where networks and pictures are computed on; said by the command, and no part of the file or of <see cref="Digest"/>. Random numbers are drawn on the CPU in any case.</summary>
    [JsonIgnore]
    public Device Device { get; init; } = CPU;

    /// <summary>What the run has around it; no part of the file or of <see cref="Digest"/> either.</summary>
    [JsonIgnore]
    public TrainingSurroundings Surroundings { get; init; } = new();

    /// <summary>Settings of one kind of task; each task says which it knows, and refuses others.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Task { get; init; }

    /// <summary>The network's configuration, as its <c>config.json</c> holds it.</summary>
    public required JsonElement Model { get; init; }

    /// <summary>Reads and checks a configuration file.</summary>
    /// <exception cref="TrainingException">The file cannot be read, has unknown keys or values out of range.</exception>
    public static TrainingConfig Read(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaximumBytes })
            {
                throw new TrainingException($"{path}: larger than {MaximumBytes} bytes: not a training configuration");
            }

            TrainingConfig config = JsonSerializer.Deserialize<TrainingConfig>(File.ReadAllBytes(path), s_json)
                ?? throw new TrainingException($"{path}: is null: give a training configuration");
            config.Check(path);
            return config.Data.Manifest is { } manifest ? config with { Data = config.Data with { Manifest = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, manifest) } } : config;
        }
        catch (JsonException error)
        {
            throw new TrainingException($"{path}: not a training configuration: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TrainingException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>The configuration as a file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    /// <summary>SHA-256 of <see cref="ToJson"/> without the places of base models and data: a checkpoint belongs to one configuration.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(WithoutPlaces(), s_json)));

    /// <summary>The configuration as another machine can take it: without the places of base models and data.</summary>
    internal TrainingConfig WithoutPlaces() => this with { Base = null, Data = Data.Manifest is null ? Data : Data with { Manifest = Path.GetFileName(Data.Manifest) } };

    /// <summary>Folder of a base model.</summary>
    /// <exception cref="TrainingException">The configuration names none for the role, or the folder is not there.</exception>
    public string BaseFolder(string role) =>
        Base?.GetValueOrDefault(role) is not { } folder ? throw new TrainingException($"{System}: needs a trained '{role}': give --base {role}=DIR or 'base' in the configuration")
        : Directory.Exists(folder) ? folder
        : throw new TrainingException($"{folder}: no such folder: base model '{role}' of {System}");

    /// <summary>For trainers that learn what only the renderer knows of its scenes.</summary>
    /// <exception cref="TrainingException">A manifest is asked for.</exception>
    public void RequireScenes()
    {
        if (Data.Manifest is not null)
        {
            throw new TrainingException($"{System}: this trainer learns from labels that only scenes of the world have: leave data.manifest (--data) out");
        }
    }

    /// <summary>Reads <see cref="Task"/> strictly; its defaults when there is none.</summary>
    /// <typeparam name="T">Settings of a task.</typeparam>
    /// <exception cref="TrainingException">Unknown keys or values of a wrong type.</exception>
    public T TaskOptions<T>()
        where T : new()
    {
        try
        {
            return Task is { } element ? element.Deserialize<T>(s_json) ?? new T() : new T();
        }
        catch (JsonException error)
        {
            throw new TrainingException($"task: not settings of {System}: {error.Message}", error);
        }
    }

    /// <summary>Refuses values out of range.</summary>
    /// <param name="place">File or source, for the message.</param>
    /// <exception cref="TrainingException">Names the first wrong value.</exception>
    public void Check(string place)
    {
        string? problem = Steps < 1 ? "steps must be at least 1"
            : Batch is < 1 or > 65536 ? "batch must lie between 1 and 65536"
            : MicroBatch < 0 || MicroBatch > Batch ? "microBatch must lie between 0 and batch"
            : Shards is 1 or < 0 or > RankOptions.Most ? $"shards must be 0, or lie between 2 and {RankOptions.Most}"
            : Shards > 0 && Batch % Shards != 0 ? "shards must divide batch"
            : Shards > 0 && MicroBatch > Batch / Shards ? "microBatch must not be larger than batch / shards"
            : !(Average is >= 0 and < 1) ? "average must lie in [0, 1)"
            : CheckpointEvery < 1 ? "checkpointEvery must be at least 1"
            : Model.ValueKind != JsonValueKind.Object ? "model must be an object"
            : Optimiser.Problem() ?? Data.Problem();
        if (problem is not null)
        {
            throw new TrainingException($"{place}: {problem}");
        }
    }
}
