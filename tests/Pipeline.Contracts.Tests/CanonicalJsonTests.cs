using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Json;

namespace Pipeline.Contracts.Tests;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{ "b": 1, "a": [ true, null ] }""", """{"a":[true,null],"b":1}""")]
    [InlineData("""{"\u20ac":"Euro Sign","\r":"CR","1":"One","\u0080":"Control\u007f","\ud83d\ude02":"Smiley","\u00f6":"o","\ufb33":"D"}""",
        "{\"\\r\":\"CR\",\"1\":\"One\",\"\u0080\":\"Control\u007f\",\"\u00f6\":\"o\",\"\u20ac\":\"Euro Sign\",\"\ud83d\ude02\":\"Smiley\",\"\ufb33\":\"D\"}")]
    [InlineData("""["\u0000\u001f\u000b\"\\\/"]""", "[\"\\u0000\\u001f\\u000b\\\"\\\\/\"]")]
    [InlineData("[1.0,1.50,-0.0,-0,0.1,1e0]", "[1,1.5,0,0,0.1,1]")]
    [InlineData("[9007199254740993,18446744073709551615]", "[9007199254740993,18446744073709551615]")]
    public void Known_values_have_their_canonical_bytes(string json, string expected) => Assert.Equal(expected, Canonical(json));

    // Sample values of RFC 8785, appendix B.
    [Theory]
    [InlineData(0x0000000000000001UL, "5e-324")]
    [InlineData(0x8000000000000001UL, "-5e-324")]
    [InlineData(0x7fefffffffffffffUL, "1.7976931348623157e+308")]
    [InlineData(0x4340000000000000UL, "9007199254740992")]
    [InlineData(0xc340000000000000UL, "-9007199254740992")]
    [InlineData(0x4430000000000000UL, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5UL, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6UL, "1e+23")]
    [InlineData(0x444b1ae4d6e2ef4eUL, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef50UL, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8dUL, "0.000001")]
    [InlineData(0x3eb0c6f7a0b5ed8cUL, "9.999999999999997e-7")]
    [InlineData(0x41b3de4355555553UL, "333333333.3333332")]
    [InlineData(0xbecbf647612f3696UL, "-0.0000033333333333333333")]
    public void Doubles_are_written_as_RFC_8785_asks(ulong bits, string expected)
    {
        string raw = BitConverter.UInt64BitsToDouble(bits).ToString("E16", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal($"[{expected}]", Canonical($"[{raw}]"));
    }

    [Fact]
    public void Repeated_members_are_refused() => Assert.Throws<JsonException>(() => Canonical("""{"a":1,"a":1}"""));

    [Fact]
    public void Deep_nesting_is_refused_and_does_not_overflow_the_stack()
    {
        string deep = new string('[', 100) + new string(']', 100);
        using JsonDocument document = JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 200 });
        Assert.Throws<JsonException>(() => CanonicalJson.Serialize(document.RootElement));
    }

    [Fact]
    public void The_order_of_members_never_matters_and_the_form_is_a_fixed_point() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<Dictionary<Guid, double>>(),
            map =>
            {
                Dictionary<string, double> members = map.Where(p => double.IsFinite(p.Value)).ToDictionary(p => p.Key.ToString(), p => p.Value);
                string a = Canonical(JsonSerializer.Serialize(members));
                string b = Canonical(JsonSerializer.Serialize(members.Reverse().ToDictionary(p => p.Key, p => p.Value)));
                Dictionary<string, double> back = JsonSerializer.Deserialize<Dictionary<string, double>>(a)!;
                return a == b && Canonical(a) == a && back.Count == members.Count && members.All(p => back[p.Key] == p.Value);
            }).QuickCheckThrowOnFailure();

    private static string Canonical(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return Encoding.UTF8.GetString(CanonicalJson.Serialize(document.RootElement));
    }
}
