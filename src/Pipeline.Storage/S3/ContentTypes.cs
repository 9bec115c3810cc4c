using System.Net.Http.Headers;

namespace Pipeline.Storage.S3;

/// <summary>Media types as HTTP can carry them. Nobody reads them back: a blob's type travels in its reference.</summary>
internal static class ContentTypes
{
    public static string Of(string mediaType) => MediaTypeHeaderValue.TryParse(mediaType, out _) ? mediaType : "application/octet-stream";
}
