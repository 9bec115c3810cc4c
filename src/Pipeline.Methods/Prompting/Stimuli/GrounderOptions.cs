using System.Globalization;

namespace Pipeline.Methods.Prompting;

/// <summary>A region grounder behind HTTP. It is the operator who names it, so jobs cannot send pictures anywhere else.</summary>
public sealed record GrounderOptions
{
    /// <summary>Variable with the address of the service.</summary>
    public const string EndpointVariable = "MOODPIPE_GROUNDER";

    /// <summary>Variable with <see cref="ModelVersion"/>.</summary>
    public const string VersionVariable = "MOODPIPE_GROUNDER_VERSION";

    /// <summary>Variable with <see cref="TimeoutSeconds"/>.</summary>
    public const string TimeoutVariable = "MOODPIPE_GROUNDER_TIMEOUT_SECONDS";

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
    public static GrounderOptions? FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>What an environment says.</summary>
    /// <param name="variable">Value of a variable; null where it is not set.</param>
    internal static GrounderOptions? From(Func<string, string?> variable)
    {
        if (variable(EndpointVariable) is not { Length: > 0 } endpoint)
        {
            return null;
        }

        var options = new GrounderOptions
        {
            Endpoint = endpoint, ModelVersion = variable(VersionVariable) ?? "", Token = variable(Baselines.RemoteAccess.TokenVariable) is { Length: > 0 } token ? token : null,
        };
        // What is no number is refused with those out of range, when the service is first needed.
        return variable(TimeoutVariable) is { Length: > 0 } text
            ? options with { TimeoutSeconds = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) ? seconds : double.NaN }
            : options;
    }
}
