using System.Text;
using System.Text.Json;
using Pipeline.Contracts.Artefacts;
using Pipeline.Contracts.Errors;

namespace Pipeline.Contracts.Jobs;

/// <summary>Turns one manifest line into a <see cref="JobLine"/>, collecting every error of the line instead of stopping at the first.</summary>
internal sealed class JobLineParser(ManifestReadOptions options)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = 32 };

    /// <summary>Keys of a line, as in the published schema.</summary>
    public static IReadOnlySet<string> Keys { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "id", "image", "sha256", "emotions", "prompt", "source_prompt", "mask", "stimuli", "domain", "method", "inversion", "seed", "num_variants", "params",
        "outputs", "evaluate", "labels", "priority",
    };

    public ManifestLine Parse(int number, byte[] bytes)
    {
        var fields = new FieldReader(number, options.Strict);
        try
        {
            _ = StrictUtf8.GetCharCount(bytes);
            using JsonDocument document = JsonDocument.Parse(bytes, JsonOptions);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                fields.Add(ErrorCodes.ManifestSyntax, $"a JSON object is expected, not {document.RootElement.ValueKind}");
                return new ManifestLine(number, null, fields.Errors);
            }

            JobLine? line = Read(fields, document.RootElement);
            return new ManifestLine(number, fields.Errors.Count == 0 ? line : null, fields.Errors);
        }
        catch (DecoderFallbackException e)
        {
            fields.Add(ErrorCodes.ManifestEncoding, $"not UTF-8 at byte {e.Index}");
        }
        catch (JsonException e)
        {
            fields.Add(ErrorCodes.ManifestSyntax, $"not JSON at character {e.BytePositionInLine}: {FirstSentence(e.Message)}");
        }
        catch (InvalidOperationException)
        {
            // The reader finds lone surrogate escapes (\ud800) only when a string is taken out.
            fields.Add(ErrorCodes.ManifestEncoding, "a string holds an escape that is no character");
        }

        return new ManifestLine(number, null, fields.Errors);
    }

    private JobLine? Read(FieldReader fields, JsonElement line)
    {
        Dictionary<string, JsonElement>? extra = fields.CheckKeys(line, Keys);
        string? id = fields.Text(line, "id", 200, required: true);
        if (id is not null && !IsSafeId(id))
        {
            fields.Field("id", "must not hold control characters, backslashes, empty, '.' or '..' segments, or start or end with a slash");
        }

        string? image = fields.Text(line, "image", 2048, required: true);
        string? sha256 = fields.Text(line, "sha256", Sha256Digest.Length);
        if (sha256 is not null && !Sha256Digest.IsValid(sha256 = sha256.ToLowerInvariant()))
        {
            fields.Field("sha256", "must be 64 hexadecimal digits");
        }

        return new JobLine
        {
            Id = id ?? "",
            Image = image ?? "",
            Sha256 = sha256,
            Emotions = Emotions(fields, line),
            Prompt = fields.Text(line, "prompt", 4000, emptyAllowed: true),
            SourcePrompt = fields.Text(line, "source_prompt", 4000, emptyAllowed: true),
            Mask = fields.Text(line, "mask", 2048),
            Stimuli = fields.Json(line, "stimuli", JsonValueKind.Array),
            Domain = fields.Text(line, "domain", 100),
            Method = fields.Text(line, "method", 100),
            Inversion = fields.Text(line, "inversion", 100),
            Seed = fields.Integer(line, "seed", 0, long.MaxValue - 1024),
            NumVariants = (int?)fields.Integer(line, "num_variants", 1, options.MaxVariants),
            Params = fields.Json(line, "params", JsonValueKind.Object),
            Outputs = Outputs(fields, line),
            Evaluate = fields.Texts(line, "evaluate", 64),
            Labels = fields.TextMap(line, "labels", 64),
            Priority = (int?)fields.Integer(line, "priority", 0, 9),
            Extra = extra,
        };
    }

    private List<EmotionRequest> Emotions(FieldReader fields, JsonElement line)
    {
        var result = new List<EmotionRequest>();
        if (!line.TryGetProperty("emotions", out JsonElement array) || array.ValueKind == JsonValueKind.Null)
        {
            fields.Field("emotions", "is required");
            return result;
        }

        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() is 0 || array.GetArrayLength() > options.MaxEmotions)
        {
            fields.Field("emotions", $"must be an array of 1 to {options.MaxEmotions} emotions");
            return result;
        }

        int index = 0;
        foreach (JsonElement item in array.EnumerateArray())
        {
            string where = $"emotions[{index++}]";
            if (Emotion(fields, item, where) is { } request)
            {
                result.Add(request);
            }
        }

        return result;
    }

    private static EmotionRequest? Emotion(FieldReader fields, JsonElement item, string where)
    {
        if (item.ValueKind == JsonValueKind.String)
        {
            string? name = fields.CheckText(where, item.GetString()!, 200, emptyAllowed: false);
            return name is null ? null : new EmotionRequest { Emotion = name };
        }

        if (item.ValueKind != JsonValueKind.Object)
        {
            fields.Field(where, "must be a name or an object with 'emotion'");
            return null;
        }

        _ = fields.CheckKeys(item, new HashSet<string> { "emotion", "intensity", "seed" }, where);
        string? emotion = fields.Text(item, "emotion", 200, required: true, path: where);
        double? intensity = fields.Number(item, "intensity", where);
        if (intensity is <= 0 or > 1)
        {
            fields.Field($"{where}.intensity", "must be in (0, 1]");
        }

        long? seed = fields.Integer(item, "seed", 0, long.MaxValue - 1024, where);
        return emotion is null ? null : new EmotionRequest { Emotion = emotion, Intensity = intensity ?? 1, Seed = seed };
    }

    private static JobOutputs? Outputs(FieldReader fields, JsonElement line)
    {
        if (fields.Json(line, "outputs", JsonValueKind.Object) is not { } outputs)
        {
            return null;
        }

        _ = fields.CheckKeys(outputs, new HashSet<string> { "prefix", "format", "keep" }, "outputs");
        string? format = fields.Text(outputs, "format", 16, path: "outputs");
        if (format is not (null or "png" or "webp" or "jpeg"))
        {
            fields.Field("outputs.format", "must be png, webp or jpeg");
        }

        IReadOnlyList<string>? keep = fields.Texts(outputs, "keep", 8, "outputs");
        if (keep?.FirstOrDefault(k => k is not ("mask" or "latents" or "prompts")) is { } unknown)
        {
            fields.Field("outputs.keep", $"knows mask, latents and prompts, not '{unknown}'");
        }

        return new JobOutputs { Prefix = fields.Text(outputs, "prefix", 2048, path: "outputs"), Format = format, Keep = keep };
    }

    private static bool IsSafeId(string id) =>
        !id.Contains('\\', StringComparison.Ordinal) && id.Split('/').All(segment => segment is not ("" or "." or "..") && segment.Trim().Length > 0);

    private static string FirstSentence(string message) => message.Split(". ", 2)[0];
}
