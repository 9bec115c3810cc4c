using System.Text.Json;
using System.Text.RegularExpressions;

namespace Pipeline.Methods.Prompting;

/// <summary>Takes away what models put around their JSON, and reads the objects that are left.</summary>
internal sealed partial class AnswerFrame(AnswerLimits limits, ParseNoteList notes)
{
    /// <summary>The answer without byte order mark, special tokens, code fences and role prefix, cut to the limit.</summary>
    public string Clean(string? answer)
    {
        var text = answer ?? "";
        if (text.Length > limits.MaxCharacters)
        {
            notes.Add(ParseNoteCodes.TooLong, $"{text.Length} characters, read {limits.MaxCharacters}");
            text = text[..limits.MaxCharacters];
        }
        text = PlainText.WithoutLoneSurrogates(text);
        if (text.StartsWith('\ufeff'))
        {
            notes.Add(ParseNoteCodes.ByteOrderMark);
            text = text.TrimStart('\ufeff');
        }
        text = text.TrimEnd('\ufffd');   // a text cut inside a UTF-8 sequence
        text = Remove(SpecialTokens(), text, ParseNoteCodes.SpecialTokens, "");
        text = Remove(CodeFences(), text, ParseNoteCodes.CodeFence, "\n");
        return Remove(RolePrefix(), text, ParseNoteCodes.RolePrefix, "").TrimStart();   // blanks at the end tell that a truncated word is complete
    }

    /// <summary>
    /// The objects (or lists of objects) of a cleaned answer in order, as strict JSON. Text around them is noted. The caller disposes the documents.
    /// </summary>
    public List<JsonDocument> ReadObjects(string text)
    {
        var found = new List<JsonDocument>();
        var syntax = new ParseNoteList();
        var end = 0;
        for (var tries = 0; tries < limits.MaxObjects; tries++)
        {
            var start = JsonSpans.FindStart(text, end);
            if (start < 0)
                break;
            var local = new ParseNoteList();
            var document = ReadOne(text, start, local, out var next);
            if (document is { RootElement: var root } && IsEmpty(root))
            {
                document.Dispose();
                document = null;
            }
            if (document is not null)
            {
                NoteBetween(text.AsSpan(end, start - end), found.Count == 0 ? ParseNoteCodes.TextBefore : ParseNoteCodes.TextAfter);
                found.Add(document);
                syntax.AddAll(local.ToList());
                end = next;
            }
            else
            {
                end = Math.Max(start + 1, next);
                if (!local.Has(ParseNoteCodes.TooDeep))
                    continue;
                // Nothing inside an object that is nested too deeply is an answer.
                syntax.AddAll(local.ToList().Where(n => n.Code == ParseNoteCodes.TooDeep));
                var close = JsonSpans.FindEnd(text, start);
                end = close < 0 ? text.Length : close;
            }
        }
        if (found.Count > 0)
            NoteBetween(text.AsSpan(end), ParseNoteCodes.TextAfter);
        notes.AddAll(syntax.ToList());
        return found;
    }

    /// <summary>Strict JSON first; where that fails, what the repairer makes of it.</summary>
    private JsonDocument? ReadOne(string text, int start, ParseNoteList syntax, out int end)
    {
        end = JsonSpans.FindEnd(text, start);
        // Half a surrogate pair is valid JSON but no text: the repairer replaces it.
        if (end > 0 && !SurrogateEscape().IsMatch(text.AsSpan(start, end - start)) && TryParse(text.AsMemory(start, end - start)) is { } strict)
            return strict;
        if (Escaped().IsMatch(text.AsSpan(start)))
        {
            // A JSON text printed as the content of a JSON string.
            syntax.Add(ParseNoteCodes.DoubleEncoded);
            var inner = text[start..].Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\t", " ", StringComparison.Ordinal)
                .Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal).TrimEnd().TrimEnd('"');
            end = text.Length;
            return ReadOneUnescaped(inner, syntax, out _);
        }
        return ReadRepaired(text, start, syntax, out end);
    }

    private JsonDocument? ReadOneUnescaped(string text, ParseNoteList syntax, out int end)
    {
        end = JsonSpans.FindEnd(text, 0);
        return end > 0 && TryParse(text.AsMemory(0, end)) is { } strict ? strict : ReadRepaired(text, 0, syntax, out end);
    }

    private JsonDocument? ReadRepaired(string text, int start, ParseNoteList syntax, out int end)
    {
        var repairer = new JsonRepairer(text, start, limits.MaxDepth, syntax);
        var json = repairer.Repair();
        end = repairer.End;
        return json is null ? null : TryParse(json.AsMemory());
    }

    private JsonDocument? TryParse(ReadOnlyMemory<char> json)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = limits.MaxDepth });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsEmpty(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Object => !root.EnumerateObject().Any(p => p.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)),
        JsonValueKind.Array => root.GetArrayLength() == 0 || root.EnumerateArray().All(IsEmpty),
        JsonValueKind.Null or JsonValueKind.Undefined => true,
        _ => false,
    };

    private void NoteBetween(ReadOnlySpan<char> text, string code)
    {
        var trimmed = text.Trim(" \t\r\n,\"'`").ToString();
        if (trimmed.Length > 0)
            notes.Add(code, PlainText.Collapse(trimmed.Length > 200 ? trimmed[..200] : trimmed));
    }

    private string Remove(Regex pattern, string text, string code, string replacement)
    {
        if (!pattern.IsMatch(text))
            return text;
        notes.Add(code, PlainText.Collapse(pattern.Match(text).Value));
        return pattern.Replace(text, replacement);
    }

    [GeneratedRegex(@"<\|[^|<>\n]{1,40}\|>|</?s>|<(?:image|bos|eos|pad|unk|start_of_turn|end_of_turn)>|\[/?INST\]|<</?SYS>>|</?think>", RegexOptions.IgnoreCase)]
    private static partial Regex SpecialTokens();

    [GeneratedRegex(@"(?:```|~~~)[ \t]*[A-Za-z0-9]{0,12}")]
    private static partial Regex CodeFences();

    [GeneratedRegex(@"\A\s*(?:(?:#{1,4}\s*)?(?:assistant|answer|response|output|gpt|model|bot|ai|json|final answer|result)\s*(?::|\n)\s*){1,3}", RegexOptions.IgnoreCase)]
    private static partial Regex RolePrefix();

    [GeneratedRegex(@"\\u[dD][89a-fA-F]")]
    private static partial Regex SurrogateEscape();

    [GeneratedRegex(@"\A[\[\s]*\{(?:\s|\\[nrt])*\\+""")]
    private static partial Regex Escaped();
}
