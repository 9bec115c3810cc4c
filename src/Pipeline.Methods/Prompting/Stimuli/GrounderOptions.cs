namespace Pipeline.Methods.Prompting;

/// <summary>A region grounder behind HTTP. It is the operator who names it, so jobs cannot send pictures anywhere else.</summary>
public sealed record GrounderOptions
{
    /// <summary>Variable with the address of the service.</summary>
    public const string EndpointVariable = "MOODPIPE_GROUNDER";

    /// <summary>Variable with <see cref="ModelVersion"/>.</summary>
    public const string VersionVariable = "MOODPIPE_GROUNDER_VERSION";

    /// <summary>Absolute http or https address.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Any text that changes when the service's model changes, so that old maps are not taken for new ones. Default empty.</summary>
    public string ModelVersion { get; init; } = "";

    /// <summary>Longest wait for one answer, seconds. Default 60.</summary>
    public double TimeoutSeconds { get; init; } = 60;

    /// <summary>Most attempts for one phrase. Default 4.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Wait before the second attempt, seconds; doubles each time. Default 1.</summary>
    public double RetryDelaySeconds { get; init; } = 1;

    /// <summary>Longest side of the picture that is sent, pixels. Default 1024.</summary>
    public int LongSide { get; init; } = 1024;

    /// <summary>Bearer token, or null. Never part of results.</summary>
    public string? Token { get; init; }

    /// <summary>What the environment of this process says; null where it names no service.</summary>
    public static GrounderOptions? FromEnvironment() => Environment.GetEnvironmentVariable(EndpointVariable) is { Length: > 0 } endpoint
        ? new GrounderOptions
        {
            Endpoint = endpoint,
            ModelVersion = Environment.GetEnvironmentVariable(VersionVariable) ?? "",
            Token = Environment.GetEnvironmentVariable(Baselines.RemoteAccess.TokenVariable) is { Length: > 0 } token ? token : null,
        }
        : null;
}
