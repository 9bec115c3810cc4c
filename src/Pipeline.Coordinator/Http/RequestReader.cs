using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Pipeline.Contracts.Errors;
using Pipeline.Contracts.Jobs;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Messages;
using Pipeline.Coordinator.Jobs;
using Pipeline.Methods.Emotions;
using Pipeline.Storage;

namespace Pipeline.Coordinator.Http;

/// <summary>Reads parameters and bodies of requests; whatever is wrong with them is said by name.</summary>
internal static class RequestReader
{
    /// <summary>Parameters of a job in the query of its request.</summary>
    public static IReadOnlyList<(string Name, string Type, string Text)> JobParameters { get; } =
    [
        ("id", "string", "Identity; default: derived from what is asked for, so that the same request twice is one job"),
        ("name", "string", "Name for people"),
        ("tenant", "string", "Owner"),
        ("class", "string", "bulk (default) or express"),
        ("priority", "integer", "0 to 9, higher gets more; default 5"),
        ("weight", "integer", "Share among the tenant's jobs of one priority, 1 to 100"),
        ("window", "integer", "Most items in flight"),
        ("budgetSeconds", "number", "Compute seconds that it may spend"),
        ("source", "string", "Folder or s3://bucket/prefix whose pictures the coordinator lists itself, instead of a manifest (then there is no body)"),
        ("emotions", "string", "Wanted of every picture of the source, separated by commas; fear:0.6 sets an intensity in (0, 1]"),
        ("sourceBase", "string", "Folder or address that relative sources start from"),
        ("skipBadLines", "boolean", "Leave lines with errors out instead of refusing the job"),
        ("limit", "integer", "Only the first so many good lines"),
        ("stages", "string", "Stages, separated by commas"),
        ("defaults", "string", "What holds for lines that do not say otherwise, as JSON: method, seed, variants, intensity, domain, params, evaluate, format, keep"),
    ];

    /// <summary>The job that the parameters ask for; others must have been refused before.</summary>
    public static JobRequest Job(HttpRequest request)
    {
        return new JobRequest
        {
            Id = Text(request, "id"),
            Name = Text(request, "name"),
            Tenant = Text(request, "tenant"),
            Class = Text(request, "class")?.ToLowerInvariant() switch
            {
                null or "bulk" => WorkClass.Bulk,
                "express" => WorkClass.Express,
                _ => throw Wrong("class", "bulk or express"),
            },
            Priority = Whole(request, "priority") ?? 5,
            Weight = Whole(request, "weight") ?? 1,
            Window = Whole(request, "window"),
            BudgetSeconds = Number(request, "budgetSeconds"),
            Source = Text(request, "source"),
            Emotions = Text(request, "emotions") is { } emotions ? [.. emotions.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Emotion)] : [],
            SourceBase = Text(request, "sourceBase"),
            SkipBadLines = Flag(request, "skipBadLines"),
            Limit = Whole(request, "limit"),
            Stages = Text(request, "stages") is { } stages ? stages.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : new JobRequest().Stages,
            Defaults = Text(request, "defaults") is { } defaults ? Defaults(defaults) : new JobDefaults(),
        };
    }

    public static void RequireKnown(HttpRequest request, IEnumerable<string> names)
    {
        string[] known = [.. names];
        if (request.Query.Keys.FirstOrDefault(k => !known.Contains(k)) is { } unknown)
        {
            throw new SubmissionException(ErrorCodes.Parameter, $"parameter '{Shown(unknown)}' is unknown{(known.Length > 0 ? $"; known are {string.Join(", ", known)}" : "")}");
        }
    }

    /// <summary>Refuses a body that says that it is no manifest.</summary>
    public static void RequireManifest(HttpRequest request)
    {
        if (request.ContentType?.Split(';')[0].Trim() is not ("application/x-ndjson" or "application/jsonl" or "application/octet-stream" or "application/x-www-form-urlencoded" or null))
        {
            throw new SubmissionException(ErrorCodes.Parameter, "send the manifest as application/x-ndjson") { Status = 415 };
        }
    }

    public static async Task<T> BodyAsync<T>(HttpContext context, long most)
        where T : class, new()
    {
        if (context.Request.ContentLength > most)
        {
            throw new SubmissionException(ErrorCodes.Parameter, $"the body is larger than {most} bytes") { Status = 413 };
        }

        using var buffer = new MemoryStream();
        await new LimitedStream(context.Request.Body, most, () => SubmissionException.TooLarge(most)).CopyToAsync(buffer, context.RequestAborted).ConfigureAwait(false);
        return buffer.Length == 0 ? new T() : ContractJson.Deserialize<T>(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    public static string? Text(HttpRequest request, string name) => request.Query[name] switch
    {
        [] => null,
        [var one] => string.IsNullOrEmpty(one) ? null : one,
        _ => throw Wrong(name, "one value"),
    };

    public static int? Whole(HttpRequest request, string name) => Text(request, name) is not { } text ? null
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : throw Wrong(name, "a whole number");

    public static long? Long(HttpRequest request, string name) => Text(request, name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : throw Wrong(name, "a whole number");

    public static T? Choice<T>(HttpRequest request, string name)
        where T : struct, Enum => Text(request, name) is not { } text ? null
        : !char.IsAsciiDigit(text[0]) && Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value) ? value
        : throw Wrong(name, string.Join(", ", Enum.GetValues<T>().Select(Views.ViewMaker.Name)));

    public static double? Number(HttpRequest request, string name) => Text(request, name) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : throw Wrong(name, "a number");

    private static EmotionRequest Emotion(string text)
    {
        string[] parts = text.Split(':', 2, StringSplitOptions.TrimEntries);
        double intensity = 1;
        bool known = parts[0].Length is >= 1 and <= 200 && EmotionTaxonomy.TryResolve(parts[0], out _);
        return known && (parts.Length == 1 || (double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out intensity) && intensity is > 0 and <= 1))
            ? new EmotionRequest { Emotion = parts[0], Intensity = intensity }
            : throw Wrong("emotions", $"'{Shown(text)}' is no emotion; names separated by commas, or name:intensity with an intensity in (0, 1],");
    }

    private static bool Flag(HttpRequest request, string name) => Text(request, name) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw Wrong(name, "true or false"),
    };

    private static JobDefaults Defaults(string json)
    {
        try
        {
            return ContractJson.Deserialize<JobDefaults>(System.Text.Encoding.UTF8.GetBytes(json));
        }
        catch (JsonException e)
        {
            throw new SubmissionException(ErrorCodes.Parameter, $"defaults: {e.Message}", e);
        }
    }

    private static SubmissionException Wrong(string name, string expected) => new(ErrorCodes.Parameter, $"{name}: {expected} is expected");

    private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "...";
}
