using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pipeline.Contracts.Json;

/// <summary>
/// Canonical JSON in the manner of RFC 8785: members sorted by UTF-16 code units, no white space, shortest number forms, minimal escapes; the same value always has
/// the same bytes, so its digest can be a key. One departure: integers written without fraction or exponent keep all their digits (64-bit seeds must not be rounded).
/// </summary>
public static class CanonicalJson
{
    private const int MaxDepth = 64;

    /// <summary>Canonical UTF-8 bytes of a value.</summary>
    /// <exception cref="JsonException">A member name occurs twice, a number is outside double's range, or the nesting is deeper than 64.</exception>
    public static byte[] Serialize(JsonElement value)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Write(buffer, value, 0);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Canonical UTF-8 bytes of a contract record or of any other object.</summary>
    public static byte[] Serialize<T>(T value) => Serialize(ContractJson.ToElement(value));

    /// <summary>A value re-read from its canonical form.</summary>
    public static JsonElement Normalise(JsonElement value)
    {
        using JsonDocument document = JsonDocument.Parse(Serialize(value));
        return document.RootElement.Clone();
    }

    private static void Write(ArrayBufferWriter<byte> buffer, JsonElement value, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new JsonException($"JSON is nested deeper than {MaxDepth}");
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(buffer, value, depth);
                break;
            case JsonValueKind.Array:
                WriteArray(buffer, value, depth);
                break;
            case JsonValueKind.String:
                WriteString(buffer, value.GetString()!);
                break;
            case JsonValueKind.Number:
                buffer.Write(Encoding.ASCII.GetBytes(Number(value.GetRawText())));
                break;
            case JsonValueKind.True:
                buffer.Write("true"u8);
                break;
            case JsonValueKind.False:
                buffer.Write("false"u8);
                break;
            case JsonValueKind.Null:
                buffer.Write("null"u8);
                break;
            default:
                throw new JsonException("an undefined value has no JSON form");
        }
    }

    private static void WriteObject(ArrayBufferWriter<byte> buffer, JsonElement value, int depth)
    {
        JsonProperty[] members = [.. value.EnumerateObject()];
        Array.Sort(members, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        buffer.Write("{"u8);
        for (int i = 0; i < members.Length; i++)
        {
            if (i > 0)
            {
                if (string.Equals(members[i].Name, members[i - 1].Name, StringComparison.Ordinal))
                {
                    throw new JsonException($"member '{members[i].Name}' occurs twice in one object");
                }

                buffer.Write(","u8);
            }

            WriteString(buffer, members[i].Name);
            buffer.Write(":"u8);
            Write(buffer, members[i].Value, depth + 1);
        }

        buffer.Write("}"u8);
    }

    private static void WriteArray(ArrayBufferWriter<byte> buffer, JsonElement value, int depth)
    {
        buffer.Write("["u8);
        bool first = true;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (!first)
            {
                buffer.Write(","u8);
            }

            first = false;
            Write(buffer, item, depth + 1);
        }

        buffer.Write("]"u8);
    }

    private static void WriteString(ArrayBufferWriter<byte> buffer, string text)
    {
        var escaped = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\b' => escaped.Append("\\b"),
                '\f' => escaped.Append("\\f"),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                < ' ' => escaped.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture)),
                _ => escaped.Append(c),
            };
        }

        buffer.Write(Encoding.UTF8.GetBytes(escaped.Append('"').ToString()));
    }

    /// <summary>A JSON number in its shortest form: ECMAScript's Number-to-String for doubles, all digits for integers.</summary>
    private static string Number(string raw)
    {
        if (raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
        {
            return raw == "-0" ? "0" : raw;
        }

        double value = double.Parse(raw, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (!double.IsFinite(value))
        {
            throw new JsonException($"number {raw} is outside the range of a double");
        }

        return value == 0 ? "0" : Ecma(value);
    }

    private static string Ecma(double value)
    {
        // "E16" style output of the shortest round-trip digits: d.ddddE+xx
        string shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        int e = shortest.IndexOf('E', StringComparison.Ordinal);
        string mantissa = e < 0 ? shortest : shortest[..e];
        int exponent = e < 0 ? 0 : int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        string digits = point < 0 ? mantissa : mantissa.Remove(point, 1);
        int n = (point < 0 ? mantissa.Length : point) + exponent; // value = 0.digits * 10^n
        int zeros = digits.Length - digits.TrimStart('0').Length;
        digits = digits[zeros..].TrimEnd('0');
        n -= zeros;
        int k = digits.Length;

        string text = n switch
        {
            _ when k <= n && n <= 21 => digits + new string('0', n - k),
            > 0 and <= 21 => digits[..n] + "." + digits[n..],
            > -6 and <= 0 => "0." + new string('0', -n) + digits,
            _ => digits[..1] + (k == 1 ? "" : "." + digits[1..]) + "e" + (n - 1 >= 0 ? "+" : "-") + Math.Abs(n - 1).ToString(CultureInfo.InvariantCulture),
        };
        return value < 0 ? "-" + text : text;
    }
}
