using System.Security.Cryptography;
using System.Text;

namespace Pipeline.TestS3.Signing;

/// <summary>The derived key of one day, region and service, and what is signed with it.</summary>
internal sealed class SigningKey
{
    private readonly byte[] key;
    private readonly string date;
    private readonly string scope;

    public SigningKey(string secret, string date, string scope)
    {
        (this.date, this.scope) = (date, scope);
        key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (string part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }
    }

    /// <summary>Signature over algorithm, time, scope and the given lines.</summary>
    public string Sign(string algorithm, params string[] lines) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Join('\n', [algorithm, date, scope, .. lines]))));

    public static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static bool Same(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
}
