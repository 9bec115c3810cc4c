using System.Text;
using System.Xml;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;
using Pipeline.TestS3.Signing;

namespace Pipeline.TestS3.Operations;

/// <summary>Reads and writes S3's XML documents.</summary>
internal static class XmlAnswer
{
    private static readonly XNamespace Space = "http://s3.amazonaws.com/doc/2006-03-01/";

    public static XElement Element(string name, params object?[] content) => new(Space + name, content);

    public static XElement Text(string name, object value) => new(Space + name, value);

    /// <summary>A key as XML can carry it: encoded when the client asked for that.</summary>
    public static string Key(S3Request request, string key) => request.Target.Get("encoding-type") == "url" ? PercentEncoding.Encode(key, keepSlash: true) : key;

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    public static async Task WriteAsync(HttpContext context, int status, XElement root)
    {
        byte[] document = Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + root.ToString(SaveOptions.DisableFormatting));
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        context.Response.ContentLength = document.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(document, context.RequestAborted).ConfigureAwait(false);
        }
    }

    public static Task ErrorAsync(HttpContext context, S3Exception e) => WriteAsync(context, e.Status, new XElement(
        "Error", new XElement("Code", e.Code), new XElement("Message", e.Message), new XElement("RequestId", context.TraceIdentifier)));

    public static XElement Parse(byte[] document)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(document), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
            return XDocument.Load(reader).Root!;
        }
        catch (XmlException e)
        {
            throw S3Exception.BadRequest("MalformedXML", e.Message);
        }
    }

    /// <summary>Text of a child, whatever its namespace.</summary>
    public static string? Child(this XElement element, string name) => element.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value;

    public static IEnumerable<XElement> Children(this XElement element, string name) => element.Elements().Where(e => e.Name.LocalName == name);
}
