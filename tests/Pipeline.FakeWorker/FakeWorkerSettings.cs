using System.Text.Json;

namespace Pipeline.FakeWorker;

/// <summary>What a fake worker is told, as a JSON file.</summary>
public sealed record FakeWorkerSettings
{
    /// <summary>Name of the worker.</summary>
    public required string WorkerId { get; init; }

    /// <summary>AMQP ports of the broker's nodes.</summary>
    public required IReadOnlyList<int> BrokerPorts { get; init; }

    /// <summary>Addresses of their management API.</summary>
    public required IReadOnlyList<string> Management { get; init; }

    /// <summary>Virtual host.</summary>
    public required string VirtualHost { get; init; }

    /// <summary>User of the broker.</summary>
    public required string User { get; init; }

    /// <summary>Password of the broker.</summary>
    public required string Password { get; init; }

    /// <summary>Address of the store.</summary>
    public required string Store { get; init; }

    /// <summary>Address of the S3 server; null for a folder.</summary>
    public string? S3Endpoint { get; init; }

    /// <summary>Access key.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Its secret.</summary>
    public string? SecretKey { get; init; }

    /// <summary>Folder of the sources.</summary>
    public required string Sources { get; init; }

    /// <summary>Stages that it hosts.</summary>
    public IReadOnlyList<string> Stages { get; init; } = ["prompt", "invert", "edit", "caption", "score"];

    /// <summary>Time of one computed unit, milliseconds.</summary>
    public int ComputeMs { get; init; } = 50;

    /// <summary>Additional time of each read and each write of a stage's artefacts, milliseconds.</summary>
    public int StoreMs { get; init; }

    /// <summary>Whether sources must be pictures of at least 16 pixels, decoded as the real first stage does.</summary>
    public bool Decode { get; init; }

    /// <summary>Longest drain, seconds.</summary>
    public double DrainSeconds { get; init; } = 90;

    /// <summary>Interval of the beats, seconds.</summary>
    public double BeatSeconds { get; init; } = 1;

    /// <summary>Heartbeat of the connection, seconds.</summary>
    public double HeartbeatSeconds { get; init; } = 5;

    /// <summary>Whether the stages keep no record of what they computed.</summary>
    public bool Forgetful { get; init; }

    /// <summary>File that gets a line for each computed unit.</summary>
    public required string ComputeLog { get; init; }

    /// <summary>Folder with messages of another release, one file for each kind: outcomes and work leave in its layout. Null: in today's.</summary>
    public string? Release { get; init; }

    /// <summary>Port of the health probes; 0 for none.</summary>
    public int HealthPort { get; init; }

    /// <summary>Writes the file.</summary>
    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this));

    /// <summary>Reads the file.</summary>
    public static FakeWorkerSettings Load(string path) => JsonSerializer.Deserialize<FakeWorkerSettings>(File.ReadAllText(path))!;
}
