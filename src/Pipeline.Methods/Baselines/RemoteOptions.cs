using Pipeline.Methods.Moodifier;
using Pipeline.Methods.Remote;

namespace Pipeline.Methods.Baselines;

/// <summary>Settings of <see cref="RemoteEditor"/>.</summary>
public sealed record RemoteOptions
{
    private static readonly RemoteNames Names = new("endpoint", "timeoutSeconds", "maxResponseBytes");

    /// <summary>Absolute http or https address of the service. No default. The operator says which are allowed.</summary>
    public string Endpoint { get; init; } = "";

    /// <summary>Any text that changes when the service's model changes, so that old results are not taken for new ones. Default empty.</summary>
    public string ModelVersion { get; init; } = "";

    /// <summary>Longest wait for one answer, seconds, its last byte included. Default 300.</summary>
    public double TimeoutSeconds { get; init; } = 300;

    /// <summary>Most attempts for one edit. Default 4.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Wait before the second attempt, seconds; doubles each time, up to a minute. A service's Retry-After takes precedence. Default 1.</summary>
    public double RetryDelaySeconds { get; init; } = 1;

    /// <summary>Largest answer, bytes. Default 64 MiB.</summary>
    public long MaxResponseBytes { get; init; } = 64L << 20;

    /// <summary>Longest side of the picture that is sent, pixels; larger ones are scaled down. Default 1024.</summary>
    public int LongSide { get; init; } = 1024;

    /// <summary>Sides are rounded to a multiple of this. Default 8.</summary>
    public int SizeMultiple { get; init; } = 8;

    /// <summary>Text to lead away from, for services that take one. Default empty.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>Whether the source's pixels are put back outside the stimulus map, where one is given. Default false: the service gets the map.</summary>
    public bool PixelComposite { get; init; }

    /// <summary>Size of the result. Default working: as sent.</summary>
    public OutputSize OutputSize { get; init; } = OutputSize.Working;

    /// <summary>
    /// Leaves an edit out where the source already evokes its emotion: where its zero-shot probability by the model folder's CLIP is above this. Default null: every edit is made.
    /// </summary>
    public double? SkipIfAlready { get; init; }

    /// <exception cref="EditException">A value is out of range.</exception>
    public void Check()
    {
        Service(null).Check();
        EditException.Require(LongSide is >= 16 and <= 8192 && SizeMultiple is >= 1 and <= 256, "longSide must lie in 16..8192 pixels, sizeMultiple in 1..256");
        EditException.Require(SkipIfAlready is null or >= 0 and <= 1, "skipIfAlready must lie in [0, 1]");
        EditException.Require(ModelVersion.Length <= 200 && NegativePrompt.Length <= 10_000, "modelVersion may have 200 characters, negativePrompt 10000");
    }

    /// <summary>The service as the client calls it.</summary>
    internal RemoteService Service(string? token) => new(Endpoint, token, TimeoutSeconds, Attempts, RetryDelaySeconds, MaxResponseBytes, Names);
}
