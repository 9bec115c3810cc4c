using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Models.Tokenizers;
using Pipeline.TestKit;

namespace Pipeline.Models.Tests.Tokenizers;

public sealed class TokenizerPropertyTests
{
    private static readonly string[] s_cases = ["tokenizer_clip", "tokenizer_gpt2_opt", "tokenizer_llama", "tokenizer_llama_nonlegacy", "tokenizer_t5"];

    public static TheoryData<string> Cases() => [.. s_cases];

    [Fact]
    public void Byte_level_ids_decode_to_the_text()
    {
        ITokenizer tokenizer = Load("tokenizer_gpt2_opt");
        Tokenizer own = (Tokenizer)tokenizer;
        Prop.ForAll(AnyText(), text =>
        {
            string whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            bool hasControl = whole.Contains("</s>", StringComparison.Ordinal) || whole.Contains("<pad>", StringComparison.Ordinal);
            return hasControl || own.Decode(own.EncodePlain(text), skipSpecial: true, cleanUp: false) == whole;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_text_makes_a_tokenizer_throw_and_every_id_is_in_the_vocabulary(string name)
    {
        ITokenizer tokenizer = Load(name);
        Prop.ForAll(AnyText(), text =>
        {
            IReadOnlyList<int> ids = tokenizer.Encode(text);
            _ = tokenizer.Decode(ids);
            _ = tokenizer.Decode(ids, skipSpecial: false);
            return ids.All(id => tokenizer.TokenText(id) is not null && id < tokenizer.VocabularySize);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void No_ids_make_a_tokenizer_throw(string name)
    {
        ITokenizer tokenizer = Load(name);
        Prop.ForAll<int[]>(ids => tokenizer.Decode(ids).Length >= 0 && tokenizer.Decode(ids, false).Length >= 0).Check(Config.QuickThrowOnFailure);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_hundred_kilobytes_without_a_space_take_less_than_five_seconds(string name)
    {
        ITokenizer tokenizer = Load(name);
        StringBuilder text = new();
        for (int i = 0; text.Length < 100_000; i++)
        {
            text.Append((char)('a' + (i * 7 % 26)));
        }

        TimeSpan taken = ThreadTime.Of(() =>
        {
            int count = tokenizer.Encode(text.ToString()).Count;
            int repeated = tokenizer.Encode(new string('a', 100_000)).Count;
            Assert.True(count > 1000 && repeated > 1000);
        });
        Assert.True(taken < TimeSpan.FromSeconds(5), $"{taken}");
    }

    [Fact]
    public void Clip_prompts_have_77_ids_and_keep_the_end_token()
    {
        ClipTokenizer tokenizer = TokenizerLoader.LoadClip(Fixtures.Path("goldens", "transformers", "tokenizer_clip"));
        Prop.ForAll(AnyText(), text =>
        {
            int[] ids = tokenizer.EncodePadded(text);
            return ids.Length == 77 && ids[0] == tokenizer.BeginId && ids.Contains(tokenizer.EndId!.Value);
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void Tokenizers_give_the_same_ids_from_many_threads()
    {
        ITokenizer tokenizer = Load("tokenizer_clip");
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"a photo number {i} of a cat on mat {i % 7}")];
        string[] alone = [.. texts.Select(t => string.Join(',', tokenizer.Encode(t)))];
        ITokenizer fresh = Load("tokenizer_clip");
        string[] together = [.. texts.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(t => string.Join(',', fresh.Encode(t)))];
        Assert.Equal(alone, together);
    }

    [Fact]
    public void Padding_goes_to_the_asked_side()
    {
        TokenBatch left = TokenBatch.Pad([[1, 2], [3]], 9, PaddingSide.Left);
        TokenBatch right = TokenBatch.Pad([[1, 2], [3]], 9, PaddingSide.Right, 3);
        Assert.Equal([1, 2, 9, 3], left.Ids);
        Assert.Equal([1, 1, 0, 1], left.Mask);
        Assert.Equal([1, 2, 9, 3, 9, 9], right.Ids);
        Assert.Throws<ArgumentException>(() => TokenBatch.Pad([[1, 2, 3]], 0, PaddingSide.Right, 2));
    }

    internal static ITokenizer Load(string name) => TokenizerLoader.Load(Fixtures.Path("goldens", "transformers", name));

    /// <summary>Texts with everything in them: any UTF-16 unit, lone surrogates, control tokens, spaces of all kinds, emoji.</summary>
    private static Arbitrary<string> AnyText()
    {
        string[] special = ["<|startoftext|>", "</s>", "<s>", "<unk>", "<image>", "<extra_id_3>", "\u2581", " ", "  ", "\n", "\u00a0", "\u3000", "'s", "😀", "e\u0301", "<0x41>", "İ", "Σ", "</w>"];
        Gen<string> piece = Gen.OneOf(
            Gen.Choose(0, 0xFFFF).Select(c => ((char)c).ToString()),
            Gen.Choose(32, 126).Select(c => ((char)c).ToString()),
            Gen.Choose(0x10000, 0x10FFFF).Select(char.ConvertFromUtf32),
            Gen.Elements(special));
        return piece.ArrayOf().Select(string.Concat).ToArbitrary();
    }
}
