using System.Security.Cryptography;
using System.Text;
using Pipeline.Models.Tokenizers.Unicode;

namespace Pipeline.Models.Tests.Tokenizers;

/// <summary>The digests were computed with CPython's unicodedata (Unicode 14.0) over the same sequences.</summary>
public sealed class CanonicalCompositionTests
{
    private static readonly (int From, int To)[] s_pool =
    [
        (0x300, 0x370), (0x483, 0x488), (0x591, 0x5bd), (0x64b, 0x660), (0x93c, 0x93d), (0x9bc, 0x9bf), (0x9c7, 0x9c9), (0x9d7, 0x9d8), (0x302a, 0x3030),
        (0x3099, 0x309b), (0x41, 0x7b), (0xc0, 0x180), (0x390, 0x3d0), (0x3042, 0x3100), (0x1100, 0x1113), (0x1161, 0x1176), (0x11a7, 0x11c3),
        (0xac00, 0xac40), (0x212a, 0x212c), (0x958, 0x960), (0x2adc, 0x2add), (0xfb1d, 0xfb4f), (0x1f00, 0x2000), (0x1d157, 0x1d166), (0x11131, 0x11133),
        (0x11127, 0x11128),
    ];

    [Fact]
    public void Every_single_character_agrees_with_the_reference()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int point = 0; point <= 0x10FFFF; point++)
        {
            if (Rune.IsValid(point))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(CanonicalComposition.Normalize(new Rune(point).ToString()) + "\n"));
            }
        }

        Assert.Equal("9cc65524a9d8082bf10840c616cd199bd2ac12ee49a3381bd6fb7957711f342b", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void Fifty_thousand_sequences_of_letters_marks_and_jamo_agree_with_the_reference()
    {
        int[] pool = [.. s_pool.SelectMany(r => Enumerable.Range(r.From, r.To - r.From))];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long state = 12345;
        for (int i = 0; i < 50_000; i++)
        {
            StringBuilder text = new();
            for (int n = 1 + (Next() % 7); n > 0; n--)
            {
                text.Append(new Rune(pool[Next() % pool.Length]).ToString());
            }

            hash.AppendData(Encoding.UTF8.GetBytes(CanonicalComposition.Normalize(text.ToString()) + "\n"));
        }

        Assert.Equal("b479caa953cab925d9ea809c3924e8bf51cce68ef6bfdc769d4ac50b681b1546", Convert.ToHexStringLower(hash.GetHashAndReset()));

        int Next()
        {
            state = ((state * 1103515245) + 12345) & 0x7fffffff;
            return (int)(state >> 8);
        }
    }

    [Fact]
    public void Lower_case_agrees_with_the_reference()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int point = 0; point < 0x1C80; point++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(TextRules.Lower(new Rune(point).ToString()) + "\n"));
        }

        Assert.Equal("bc9e8f0bd31a99378b92b7d2352e48563a3eb0e2b3b96ec9e2322b128d287674", Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Theory]
    [InlineData("ΟΔΟΣ", "οδος")]
    [InlineData("ΣΑΣ Σ", "σας σ")]
    [InlineData("ΑΣ.", "ας.")]
    [InlineData("ΑΣ'Α", "ασ'α")]
    [InlineData("İSTANBUL", "i\u0307stanbul")]
    public void Lower_case_of_words(string text, string expected) => Assert.Equal(expected, TextRules.Lower(text));

    [Fact]
    public void A_lone_surrogate_becomes_the_replacement_character() =>
        Assert.Equal("a\uFFFDb", CanonicalComposition.Normalize("a\uD800b"));
}
