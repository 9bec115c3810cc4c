using System.Globalization;
using System.Text;
using System.Xml;
using Pipeline.Evaluation.Comparison;

namespace Pipeline.Evaluation.Tables;

/// <summary>An evaluation as JUnit XML, so that any build server shows it: a suite a method with a case a picture, and one with the quality gates.</summary>
public static class JUnitReport
{
    /// <summary>The document as UTF-8.</summary>
    public static byte[] Write(string name, IReadOnlyCollection<EvaluatedItem> items, IReadOnlyCollection<GateResult> gates)
    {
        using MemoryStream bytes = new();
        using (XmlWriter xml = XmlWriter.Create(bytes, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), CheckCharacters = false }))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", Clean(name));
            foreach (IGrouping<string, EvaluatedItem> method in items.GroupBy(i => i.Method, StringComparer.Ordinal))
            {
                Suite(xml, method.Key, [.. method.Select(i => (i.Id, i.Error))]);
            }

            Suite(xml, "quality gates", [.. gates.Select(g => ($"{g.Method}: {g.Gate.Text}", g.Passed ? null : Broken(g)))]);
            xml.WriteEndElement();
        }

        return bytes.ToArray();
    }

    private static string Broken(GateResult gate) =>
        gate.Value is { } value ? string.Create(CultureInfo.InvariantCulture, $"measured {value:G6}") : "no number was measured";

    private static void Suite(XmlWriter xml, string name, (string Name, string? Failure)[] cases)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", Clean(name));
        xml.WriteAttributeString("tests", cases.Length.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", cases.Count(c => c.Failure is not null).ToString(CultureInfo.InvariantCulture));
        foreach ((string test, string? failure) in cases)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", Clean(name));
            xml.WriteAttributeString("name", Clean(test));
            if (failure is not null)
            {
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("message", Clean(failure));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    // XML 1.0 has no place for control characters.
    private static string Clean(string text) => string.Concat(text.Select(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c) ? c : '\uFFFD'));
}
