using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Evaluation.Suites;
using Pipeline.Imaging.Masks;

namespace Pipeline.Evaluation.Tests;

public sealed class SuiteTests
{
    [Fact]
    public void A_mapping_file_gives_plain_prompts_words_region_and_kind()
    {
        SuiteCase item = Assert.Single(PieBenchSuite.Read(Encoding.UTF8.GetBytes("""
            {"000000000000":{"image_path":"0_random_140/a.jpg","original_prompt":"a slanted bicycle","editing_prompt":"a slanted [rusty] bicycle",
              "editing_instruction":"make it rusty","editing_type_id":"7","blended_word":"bicycle bike","mask":[513,2],"target_emotion":"sadness","later":{"x":1}}}
            """)));
        Assert.Equal(("000000000000", "annotation_images/0_random_140/a.jpg", "change material"), (item.Id, item.Image, item.Category));
        Assert.Equal(("a slanted bicycle", "a slanted rusty bicycle", "sadness"), (item.SourcePrompt, item.TargetPrompt, item.Emotion));
        Assert.Equal(("bicycle", "bike"), item.Words);
        MaskImage mask = item.Mask!.Read("", 512, 512);
        Assert.Equal((1f, 1f, 0f), (mask.Row(1)[1], mask.Row(1)[2], mask.Row(1)[3]));
    }

    [Theory]
    [InlineData("[]", "one JSON object")]
    [InlineData("{\"a\":7}", "case 'a'")]
    [InlineData("{\"a\":{\"image_path\":\"x\"}}", "'editing_prompt'")]
    [InlineData("{\"a\":{\"image_path\":\"x\",\"editing_prompt\":\"y\",\"mask\":[1]}}", "pairs")]
    [InlineData("{\"a\":{\"image_path\":\"x\",\"editing_prompt\":\"y\",\"mask\":[1,-2]}}", "non-negative")]
    [InlineData("{\"a\":", "not JSON")]
    public void A_wrong_mapping_file_is_refused_with_its_place(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<SuiteException>(() => PieBenchSuite.Read(Encoding.UTF8.GetBytes(json))).Message);

    [Fact]
    public void A_list_of_edits_gives_words_and_fractions()
    {
        IReadOnlyList<SuiteCase> cases = StyleDiffusionSuite.Read(
            "case_number,prompt,image_path,target,blend_word,eq_params,tau_v,tau_c,tau_s,tau_u,edit_type\r\n"
            + "3,\"a cat, sitting\",img/1.png,\"a \"\"dog\"\", sitting\",\"[['cat'], ['dog']]\",,0.5,0.6,0.6,0,swap\n\n"
            + "4,a cat,img/1.png,a red cat,,,,,,,\n");
        Assert.Equal(["3", "4"], cases.Select(c => c.Id));
        Assert.Equal(("a cat, sitting", "a \"dog\", sitting", "swap"), (cases[0].SourcePrompt, cases[0].TargetPrompt, cases[0].Category));
        Assert.Equal(("cat", "dog"), cases[0].Words);
        Assert.Equal([0.5, 0.6, 0.6, 0], cases[0].Parameters[StyleDiffusionSuite.Method].Select(p => p.Value!.GetValue<double>()));
        Assert.Null(cases[1].Words);
        Assert.Empty(cases[1].Parameters[StyleDiffusionSuite.Method]);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("prompt,target\na,b\n", "'image_path'")]
    [InlineData("prompt,image_path,target\na,b\n", "line 2")]
    [InlineData("prompt,image_path,target\n\"a,b,c\n", "quote")]
    [InlineData("prompt,image_path,target,tau_v\na,b,c,2\n", "'tau_v'")]
    [InlineData("prompt,image_path,target,blend_word\na,b,c,__import__('os')\n", "'blend_word'")]
    public void A_wrong_list_is_refused_with_its_place(string csv, string expected) =>
        Assert.Contains(expected, Assert.Throws<SuiteException>(() => StyleDiffusionSuite.Read(csv)).Message);

    [Theory]
    [InlineData("(('cat', \"do\\\"g\"), [1, -2.5e1], {'a': True, 'b': None},)", "[[\"cat\",\"do\\u0022g\"],[1,-25],{\"a\":true,\"b\":null}]")]
    [InlineData("[]", "[]")]
    [InlineData(" 'x' ", "\"x\"")]
    public void Python_literals_become_json(string text, string json) => Assert.Equal(json, PythonLiteral.Parse(text)!.ToJsonString());

    [Fact]
    public void Anything_else_than_a_literal_is_a_format_error_and_never_another() => Prop.ForAll(
        Gen.Elements("'", "\"", "[", "]", "(", ")", "{", "}", ",", ":", "a", "1", ".", "-", "e", "\\", " ", "True", "None", "os.system").ListOf().Select(string.Concat).ToArbitrary(),
        text =>
        {
            try
            {
                _ = PythonLiteral.Parse(text);
            }
            catch (FormatException)
            {
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Quoted_fields_come_back_as_they_were() => Prop.ForAll(
        Gen.Elements('a', ',', '"', '\n', '\r', ' ').ListOf().Select(c => new string([.. c])).NonEmptyListOf().ToArbitrary(),
        fields =>
        {
            string line = string.Join(',', fields.Select(f => $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "\nnext,x\n";
            var rows = CsvReader.Read(line).ToArray();
            bool isEmptyLine = fields is [""];
            return isEmptyLine ? rows.Length == 1 : rows.Length == 2 && rows[0].Fields.SequenceEqual(fields) && rows[1].Line == 2 + line[..^8].Count(c => c == '\n');
        }).QuickCheckThrowOnFailure();
}
