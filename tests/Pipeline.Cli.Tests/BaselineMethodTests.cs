using System.Text.Json;
using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.ZeroShot;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Methods.Baselines;
using Pipeline.Stages.Editing;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Cli.Tests;

/// <summary>What each published method guarantees by itself, on the random tiny family.</summary>
public sealed class BaselineMethodTests(TinyFamily family) : IClassFixture<TinyFamily>
{
    private const string Size = "\"steps\":4,\"minLongSide\":64,\"longSide\":128";
    private const string Source = "a round cup on a table";
    private const string Target = "a square box in the dark";

    [Fact]
    public void SDEdit_of_strength_zero_returns_the_picture_as_the_autoencoder_sees_it()
    {
        byte[] a = One("sdedit", "\"strength\":0", Target), b = One("sdedit", "\"strength\":0", "something else");
        Assert.Equal(a, b);
        Assert.Equal(a, One("stylediffusion", "\"strength\":0,\"innerSteps\":0", Target)); // both are the autoencoder's own reconstruction
        Assert.Equal(0, Edit("sdedit", "\"strength\":0", Target).SampleForwards);
    }

    [Fact]
    public void SDEdit_of_strength_one_knows_nothing_of_the_picture()
    {
        Assert.Equal(One("sdedit", "\"strength\":1", Target), One("sdedit", "\"strength\":1", Target, family.Other));
        Assert.NotEqual(One("sdedit", "\"strength\":0.75", Target), One("sdedit", "\"strength\":0.75", Target, family.Other));
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(0.75, 3)]
    [InlineData(1.0, 4)]
    public void SDEdit_costs_two_forwards_a_step_and_visits_the_last_steps(double strength, int steps)
    {
        EditResult result = Edit("sdedit", $"\"strength\":{strength}", Target);
        Assert.Equal(2 * steps, result.SampleForwards);
        Assert.Equal(steps, result.Timesteps.Count);
        Assert.Equal(0, result.Timesteps[^1]);
    }

    [Fact]
    public void SDEdit_with_fresh_noise_is_another_sample_that_repeats()
    {
        byte[] once = One("sdedit", "\"eta\":1", Target);
        Assert.Equal(once, One("sdedit", "\"eta\":1", Target));
        Assert.NotEqual(once, One("sdedit", "\"eta\":0", Target));
    }

    [Fact]
    public void Word_swap_costs_the_inversion_once_and_a_second_edit_of_the_picture_none()
    {
        using var editor = (DdimSwapEditor)EditMethods.BuiltIn["ddim-word-swap"].Create(Json($"{{{Size}}}"), family.Models);
        Assert.Equal(4 + 2 * 2 * 4, editor.Edit(Request(family.Picture, Target, "a cup")).SampleForwards);
        Assert.Equal(2 * 4, editor.Edit(Request(family.Picture, "a plate")).SampleForwards);
    }

    [Fact]
    public void Plug_and_play_without_injection_is_plain_DDIM()
    {
        string off = "\"featuresUntil\":0,\"attentionUntil\":0,\"sourceText\":null";
        AssertNear(One("ddim-word-swap", "", Target), One("plug-and-play", off, Target));
    }

    [Fact]
    public void Plug_and_play_injects_features_and_attention_separately()
    {
        string[] variants = ["\"featuresUntil\":0,\"attentionUntil\":0", "\"featuresUntil\":0.8,\"attentionUntil\":0", "\"featuresUntil\":0,\"attentionUntil\":0.5", "\"featuresUntil\":0.8,\"attentionUntil\":0.5"];
        byte[][] results = [.. variants.Select(v => One("plug-and-play", v, Target))];
        Assert.Equal(4, results.Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void Plug_and_play_towards_the_sources_own_text_reconstructs()
    {
        string full = "\"featuresUntil\":1,\"attentionUntil\":1,\"sourceText\":null,\"guidance\":1";
        AssertNear(One("ddim-word-swap", "\"guidance\":1", Source), One("plug-and-play", full, Source));
    }

    [Fact]
    public void Plug_and_play_shares_one_source_row_among_all_edits() => Assert.Equal(4 + (1 + 2 * 3) * 4, Edit("plug-and-play", "", Target, "b", "c").SampleForwards);

    [Fact]
    public void The_negative_prompt_of_plug_and_play_fades_in_and_counts_only_under_guidance()
    {
        byte[] plain = One("plug-and-play", "", Target);
        Assert.NotEqual(plain, One("plug-and-play", "\"fadingNegative\":true", Target));
        AssertNear(One("plug-and-play", "\"guidance\":1", Target), One("plug-and-play", "\"guidance\":1,\"fadingNegative\":true", Target));
        AssertNear(plain, Faded("")); // away from the empty prompt at every step: nothing fades
        Assert.Equal(4 + (1 + 3 * 3) * 4, Edit("plug-and-play", "\"fadingNegative\":true", Target, "b", "c").SampleForwards);
        EditResult together = Edit("plug-and-play", "\"fadingNegative\":true", Target, "b");
        AssertNear(One("plug-and-play", "\"fadingNegative\":true", "b"), together.Images[1].Image.Pixels);

        byte[] Faded(string source)
        {
            IEditMethod method = EditMethods.BuiltIn["plug-and-play"].Create(Json($"{{{Size},\"fadingNegative\":true}}"), family.Models);
            using var owned = (IDisposable)method;
            return method.Edit(new EditRequest(family.Picture, "digest", source, [new EmotionEdit("joy", Target, null)], 7)).Images[0].Image.Pixels;
        }
    }

    [Fact]
    public void Cross_attention_guidance_by_parts_of_the_UNet_is_that_of_the_whole_graph_in_half_its_memory()
    {
        using var scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        using var bytes = new EngineBytes();
        IDiffusionModel model = family.Models.Diffusion;
        var noise = new NoiseSource(3, "parts");
        Tensor text = cat([model.EncodeText("").States, model.EncodeText(Target).States]), source = cat([model.EncodeText("").States, model.EncodeText(Source).States]);
        Tensor z = noise.NormalTensor("z", [1, 4, 32, 32]).repeat(2, 1, 1, 1), other = noise.NormalTensor("y", [1, 4, 32, 32]).repeat(2, 1, 1, 1);
        (Tensor Moved, long Peak) Run(bool whole)
        {
            var probed = new ProbedPredictor(model.Noise, bytes, whole);
            var guide = new CrossAttentionGuidance(probed);
            IReadOnlyList<Tensor> maps = guide.Reference(z, 500, source, 0).Maps;
            (probed.Peak, long from) = (0, bytes.Now());
            Tensor moved = guide.Move(other, 500, text, maps, 1e4, 0);
            return (moved, probed.Peak - from);
        }

        (Tensor byParts, long parts) = Run(false);
        (Tensor byGraph, long graph) = Run(true);
        double way = (byGraph - other).abs().max().ToDouble(), apart = (byParts - byGraph).abs().max().ToDouble();
        Assert.True(way > 1e-2, $"guidance moved by {way}");
        Assert.True(apart < 1e-3 * way, $"{apart} of {way}");
        Assert.True(parts < graph / 2, $"{parts} of {graph} bytes");
    }

    [Fact]
    public void Pix2pix_zero_without_direction_and_guidance_reconstructs_whatever_the_target()
    {
        string off = "\"directionScale\":0,\"crossAttentionRate\":0";
        byte[] first = One("pix2pix-zero", off, Target);
        Assert.Equal(first, One("pix2pix-zero", off, "anything at all"));
        Assert.NotEqual(first, One("pix2pix-zero", "\"crossAttentionRate\":0", Target));
        Assert.NotEqual(One("pix2pix-zero", "\"crossAttentionRate\":0", Target), One("pix2pix-zero", "\"crossAttentionRate\":0.5", Target));
    }

    [Fact]
    public void Pix2pix_zero_takes_directions_from_sentences_and_from_tensors_alike()
    {
        using TemporaryFolder folder = new();
        File.WriteAllLines(folder.File("source.txt"), ["a photo of a cup", "", "the cup is white"]);
        File.WriteAllLines(folder.File("joy.txt"), ["a photo of a happy cup", "the happy cup is white"]);
        string parameters = $"\"directions\":{JsonSerializer.Serialize(folder.Path)}";
        byte[] sentences = One("pix2pix-zero", parameters, Target);
        Assert.NotEqual(sentences, One("pix2pix-zero", "", Target));
        string before = EditMethods.BuiltIn["pix2pix-zero"].Normalise(Json($"{{{parameters}}}")).ToJsonString();

        using (Tensor direction = Direction(["a photo of a happy cup", "the happy cup is white"], ["a photo of a cup", "the cup is white"]))
        {
            EditDirections.Write(folder.File("joy.safetensors"), direction);
        }

        AssertNear(sentences, One("pix2pix-zero", parameters, "the target prompt plays no part"));
        Assert.NotEqual(before, EditMethods.BuiltIn["pix2pix-zero"].Normalise(Json($"{{{parameters}}}")).ToJsonString()); // other files, other results
    }

    [Theory]
    [InlineData("../joy")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData(".hidden")]
    public void A_direction_is_only_looked_for_in_its_folder(string emotion)
    {
        using TemporaryFolder folder = new();
        using var directions = new EditDirections(folder.Path, family.Models.Diffusion.EncodeText);
        Assert.Equal("PIPE3102", Assert.Throws<EditException>(() => directions.Of(emotion, CPU)).Code);
    }

    [Fact]
    public void Missing_and_broken_direction_files_are_told_apart()
    {
        using TemporaryFolder folder = new();
        using var directions = new EditDirections(folder.Path, family.Models.Diffusion.EncodeText);
        Assert.Contains("neither joy.safetensors nor joy.txt", Assert.Throws<EditException>(() => directions.Of("joy", CPU)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("joy.txt"), "happy");
        Assert.Contains("source.txt: missing", Assert.Throws<EditException>(() => directions.Of("joy", CPU)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("joy.safetensors"), "no tensors");
        Assert.Contains("joy.safetensors", Assert.Throws<EditException>(() => directions.Of("joy", CPU)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ddim", "{}")]
    [InlineData("direct", "{}")]
    [InlineData("npi", "{}")]
    [InlineData("prox-npi", "{}")]
    [InlineData("null-text", """{"innerSteps":1}""")]
    [InlineData("edit-friendly", """{"skip":0.25}""")]
    [InlineData("stylediffusion", """{"innerSteps":1}""")]
    public void Prompt_to_prompt_edits_over_every_inversion(string inversion, string parameters)
    {
        string all = $"\"inversion\":\"{inversion}\",\"inversionParams\":{parameters}";
        byte[] first = One("prompt-to-prompt", all, Target);
        Assert.Equal(first, One("prompt-to-prompt", all, Target));
        Assert.NotEqual(first, One("prompt-to-prompt", all, "a pond at noon"));
        Assert.NotEqual(first, One("prompt-to-prompt", all + ",\"unconditionalUntil\":1", Target));
    }

    [Fact]
    public void Prompt_to_prompt_without_any_share_over_DDIM_is_word_swap() =>
        AssertNear(One("ddim-word-swap", "", Target), One("prompt-to-prompt", "\"inversion\":\"ddim\",\"crossUntil\":0,\"selfUntil\":0", Target));

    [Fact]
    public void Prompt_to_prompt_over_the_mapping_networks_is_StyleDiffusion() => AssertNear(
        One("stylediffusion", "\"innerSteps\":2", Target),
        One("prompt-to-prompt", "\"inversion\":\"stylediffusion\",\"inversionParams\":{\"innerSteps\":2},\"crossUntil\":0.6,\"selfUntil\":0.6,\"edit\":\"auto\"", Target));

    [Fact]
    public void A_word_swap_needs_as_many_words_and_virtual_inversion_belongs_to_moodifier()
    {
        Assert.Contains("as many words", Assert.Throws<EditException>(() => One("prompt-to-prompt", "\"edit\":\"replace\"", "a cup")).Message, StringComparison.Ordinal);
        Assert.Contains("moodifier", Assert.Throws<EditException>(() => One("prompt-to-prompt", "\"inversion\":\"virtual\"", Target)).Message, StringComparison.Ordinal);
        Assert.Contains("exist", Assert.Throws<EditException>(() => One("prompt-to-prompt", "\"inversion\":\"magic\"", Target)).Message, StringComparison.Ordinal);
        Assert.NotEqual(One("prompt-to-prompt", "\"edit\":\"replace\"", "a square box in a cupboard"), One("prompt-to-prompt", "\"edit\":\"refine\"", "a square box in a cupboard"));
    }

    [Fact]
    public void InstructPix2Pix_listens_to_picture_and_instruction()
    {
        byte[] usual = One("instruct-pix2pix", "", Target);
        Assert.NotEqual(usual, One("instruct-pix2pix", "", Target, family.Other));
        Assert.NotEqual(usual, One("instruct-pix2pix", "\"instruction\":\"make it {emotion}\"", Target));
        Assert.Equal(3 * 4, Edit("instruct-pix2pix", "", Target).SampleForwards);
    }

    [Fact]
    public void InstructPix2Pix_without_guidance_is_its_unconditional_model()
    {
        string off = "\"guidance\":0,\"imageGuidance\":0";
        Assert.Equal(One("instruct-pix2pix", off, Target), One("instruct-pix2pix", off, "other", family.Other)); // eq. (3) leaves e(0, 0)
    }

    [Fact]
    public void A_method_without_its_model_says_which_one_it_wants()
    {
        var bare = new EditModels(family.Models.Diffusion);
        Assert.Contains("InstructPix2Pix", Assert.Throws<EditException>(() => EditMethods.BuiltIn["instruct-pix2pix"].Create(null, bare)).Message, StringComparison.Ordinal);
        IEditMethod style = EditMethods.BuiltIn["stylediffusion"].Create(Json($"{{{Size}}}"), bare);
        Assert.Contains("CLIP", Assert.Throws<EditException>(() => style.Edit(Request(family.Picture, Target))).Message, StringComparison.Ordinal);
        ((IDisposable)style).Dispose();
    }

    [Fact]
    public void StyleDiffusion_without_any_share_is_plain_DDIM()
    {
        string off = "\"innerSteps\":1,\"valueUntil\":0,\"crossUntil\":0,\"selfUntil\":0,\"unconditionalUntil\":0";
        AssertNear(One("ddim-word-swap", "", Target), One("stylediffusion", off, Target));
    }

    [Theory]
    [InlineData("\"valueUntil\":1")]
    [InlineData("\"crossUntil\":1")]
    [InlineData("\"selfUntil\":1")]
    [InlineData("\"unconditionalUntil\":1")]
    public void Every_tau_of_StyleDiffusion_changes_the_edit(string share)
    {
        string off = "\"innerSteps\":1,\"valueUntil\":0,\"crossUntil\":0,\"selfUntil\":0,\"unconditionalUntil\":0";
        string name = share[..share.IndexOf(':')];
        Assert.NotEqual(One("stylediffusion", off, Target), One("stylediffusion", off.Replace($"{name}:0", share, StringComparison.Ordinal), Target));
    }

    [Fact]
    public void StyleDiffusion_from_pure_noise_without_value_path_knows_nothing_of_the_picture()
    {
        string noise = "\"innerSteps\":1,\"strength\":1,\"valueUntil\":0";
        Assert.Equal(One("stylediffusion", noise, Target), One("stylediffusion", noise, Target, family.Other));
        Assert.NotEqual(One("stylediffusion", "\"innerSteps\":1,\"strength\":1,\"valueUntil\":1", Target), One("stylediffusion", "\"innerSteps\":1,\"strength\":1,\"valueUntil\":1", Target, family.Other));
    }

    [Fact]
    public void StyleDiffusion_trains_once_a_picture()
    {
        using var editor = (IDisposable)EditMethods.BuiltIn["stylediffusion"].Create(Json($"{{{Size},\"innerSteps\":2}}"), family.Models);
        long first = ((IEditMethod)editor).Edit(Request(family.Picture, Target)).SampleForwards;
        long second = ((IEditMethod)editor).Edit(Request(family.Picture, "a plate", "a box")).SampleForwards;
        Assert.Equal(2 * (1 + 2) * 4, second);
        Assert.True(first > 4 + 4 * 3 + 2 * 2 * 4, $"{first}");
    }

    [Fact]
    public void StyleDiffusion_lays_the_style_of_one_picture_over_another()
    {
        using TemporaryFolder folder = new();
        string Styled(RgbImage style, string more = "")
        {
            File.WriteAllBytes(folder.File("style.png"), ImageCodec.Default.Encode(style, EncodeOptions.Png));
            return Convert.ToHexString(One("stylediffusion", $"\"innerSteps\":2,\"styleImage\":{JsonSerializer.Serialize(folder.File("style.png"))}{more}", Source));
        }

        string own = Styled(family.Picture), other = Styled(family.Other);
        Assert.NotEqual(own, other);
        Assert.NotEqual(other, Styled(family.Other, ",\"featuresUntil\":0"));
    }

    [Fact]
    public void StyleDiffusions_local_blend_acts_where_phrases_are_known()
    {
        // A random network attends nearly evenly, so only a high threshold leaves anything out.
        EmotionEdit phrased = new("joy", "a round cup on a dark table", null) { TargetPhrases = ["cup"], SourcePhrases = ["cup"] };
        byte[] Blended(bool blend, EmotionEdit edit)
        {
            IEditMethod method = EditMethods.BuiltIn["stylediffusion"].Create(Json($"{{{Size},\"innerSteps\":1,\"blendThreshold\":0.99,\"localBlend\":{(blend ? "true" : "false")}}}"), family.Models);
            using var owned = (IDisposable)method;
            return method.Edit(new EditRequest(family.Picture, "digest", Source, [edit], 7)).Images[0].Image.Pixels;
        }

        Assert.NotEqual(Blended(false, phrased), Blended(true, phrased));
        Assert.Equal(Blended(false, phrased with { TargetPhrases = [] }), Blended(true, phrased with { TargetPhrases = [] }));
    }

    [Theory]
    [InlineData("stylediffusion", "\"innerSteps\":1")]
    [InlineData("prompt-to-prompt", "\"localBlend\":false")]
    public void The_edited_region_is_where_the_replaced_words_are_attended_to(string method, string parameters)
    {
        IEditMethod edit = EditMethods.BuiltIn[method].Create(Json($"{{{Size},{parameters}}}"), family.Models);
        using var owned = (IDisposable)edit;
        EmotionEdit[] edits =
        [
            new("joy", "a round plate on a table", null) { TargetPhrases = ["plate"], SourcePhrases = ["cup"] },
            new("fear", "a round plate on a table", null),
        ];
        IReadOnlyList<EditedImage> images = edit.Edit(new EditRequest(family.Picture, "digest", Source, edits, 7)).Images;
        Assert.Equal([MaskSource.CrossAttention, MaskSource.Global], images.Select(i => i.MaskSource));
        Assert.Equal((96, 64), (images[0].Mask.Width, images[0].Mask.Height));
        Assert.InRange(images[0].Mask.Values.Max(), 0.5f, 1f);
        Assert.True(images[0].Mask.Values.Distinct().Count() > 2);
        Assert.Equal(images[0].Image.Pixels.Length, images[1].Image.Pixels.Length);
    }

    [Fact]
    public void A_stimulus_keeps_the_background_where_a_composite_is_asked_for()
    {
        var map = new Pipeline.Imaging.Masks.MaskImage(96, 64, [.. Enumerable.Range(0, 96 * 64).Select(i => i % 96 < 48 ? 1f : 0f)]);
        IEditMethod method = EditMethods.BuiltIn["sdedit"].Create(Json($"{{{Size},\"pixelComposite\":true}}"), family.Models);
        using var owned = (IDisposable)method;
        EditedImage edited = method.Edit(new EditRequest(family.Picture, "digest", Source, [new EmotionEdit("joy", Target, map)], 7)).Images[0];
        Assert.Equal(MaskSource.Stimulus, edited.MaskSource);
        bool Row(Func<int, bool> column) => Enumerable.Range(0, 96 * 64).Where(i => column(i % 96)).All(i => edited.Image.Pixels.AsSpan(i * 3, 3).SequenceEqual(family.Picture.Pixels.AsSpan(i * 3, 3)));
        Assert.True(Row(x => x >= 48));
        Assert.False(Row(x => x < 48));
    }

    private byte[] One(string method, string parameters, string target, RgbImage? picture = null) => Edit(method, parameters, picture ?? family.Picture, target).Images[0].Image.Pixels;

    private EditResult Edit(string method, string parameters, params string[] targets) => Edit(method, parameters, family.Picture, targets);

    private EditResult Edit(string method, string parameters, RgbImage picture, params string[] targets)
    {
        string own = parameters.Contains("\"steps\"", StringComparison.Ordinal) ? Size[Size.IndexOf(',')..][1..] : Size;
        IEditMethod edit = EditMethods.BuiltIn[method].Create(Json($"{{{own}{(parameters.Length > 0 ? "," : "")}{parameters}}}"), family.Models);
        using var owned = (IDisposable)edit;
        return edit.Edit(Request(picture, targets));
    }

    private static EditRequest Request(RgbImage picture, params string[] targets) => new(picture, "digest", Source, [.. targets.Select(t => new EmotionEdit("joy", t, null))], 7);

    private Tensor Direction(string[] target, string[] source)
    {
        using var scope = NewDisposeScope();
        return (EditDirections.Mean(target, family.Models.Diffusion.EncodeText) - EditDirections.Mean(source, family.Models.Diffusion.EncodeText)).MoveToOuterDisposeScope();
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    // Rows of other batch sizes round differently; a picture that was rounded to bytes shows at most one level of it.
    private static void AssertNear(byte[] expected, byte[] actual) => Assert.InRange(expected.Zip(actual, (x, y) => Math.Abs(x - y)).Max(), 0, 1);
}
