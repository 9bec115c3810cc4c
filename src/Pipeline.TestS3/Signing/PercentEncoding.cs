using System.Text;

namespace Pipeline.TestS3.Signing;

/// <summary>Percent encoding as signatures want it: everything but letters, digits and <c>-._~</c>, in upper-case hexadecimal.</summary>
internal static class PercentEncoding
{
    public static string Encode(string text, bool keepSlash = false)
    {
        var result = new StringBuilder(text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' || (keepSlash && c == '/'))
            {
                result.Append(c);
            }
            else
            {
                result.Append('%').Append(b.ToString("X2"));
            }
        }

        return result.ToString();
    }

    public static string Decode(string text) => Uri.UnescapeDataString(text);
}
