using Pipeline.Diffusion.Attention;
using Pipeline.Diffusion.Noise;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Moodifier;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Methods.Tests.Moodifier;

public sealed class MoodifierEditorTests : IDisposable
{
    private static readonly MoodifierOptions Small = new() { Steps = 12, LongSide = 64, MinLongSide = 64, SizeMultiple = 16 };
    private readonly ToyDiffusionModel model = new();

    public void Dispose() => model.Dispose();

    [Fact]
    public void An_empty_stimulus_map_returns_the_picture_byte_for_byte()
    {
        RgbImage image = Picture();
        EditResult result = Edit(Small, Request(image, Emotion("fear", "a scary cat", MaskImage.Filled(64, 64, 0))));
        Assert.Equal(image.Pixels, result.Images[0].Image.Pixels);
    }

    [Fact]
    public void Pixels_outside_the_stimulus_are_the_sources_and_those_inside_change()
    {
        RgbImage image = Picture();
        RgbImage edited = Edit(Small, Request(image, Emotion("fear", "a scary cat", RightHalf()))).Images[0].Image;
        for (int y = 0; y < 64; y++)
        {
            Assert.True(image.Row(y)[..(32 * 3)].SequenceEqual(edited.Row(y)[..(32 * 3)]));
        }

        int changed = Enumerable.Range(0, 64).Sum(y => Enumerable.Range(40, 24).Count(x => Math.Abs(image.Pixels[(y * 64 + x) * 3] - edited.Pixels[(y * 64 + x) * 3]) > 4));
        Assert.True(changed > 200, $"{changed} of {64 * 24} pixels changed");
    }

    [Fact]
    public void Without_pixel_composite_the_background_is_exact_in_the_latent()
    {
        RgbImage image = Picture(blocky: true); // the toy autoencoder is lossless on it
        RgbImage edited = Edit(Small with { PixelComposite = false }, Request(image, Emotion("fear", "a scary cat", RightHalf()))).Images[0].Image;
        for (int y = 0; y < 64; y++)
        {
            Assert.True(image.Row(y)[..(28 * 3)].SequenceEqual(edited.Row(y)[..(28 * 3)])); // the blur reaches one cell
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)] // a fractional gate rounds, and a chain in float32 amplifies that: see the tests in float64 beside the controls
    public void Equal_prompts_scales_and_unconditional_texts_return_the_picture(double kappa)
    {
        RgbImage image = Picture(blocky: true);
        MoodifierOptions options = Small with { Kappa = kappa, GuidanceTarget = 1.5, GuidanceSource = 1.5, NegativePrompt = "same", PositivePrompt = "same", PixelComposite = false };
        EditResult result = Edit(options, Request(image, Emotion("none", "a cat on a mat", RightHalf())));
        AssertNear(image, result.Images[0].Image);
    }

    [Fact]
    public void K_emotions_cost_1_plus_2K_forwards_a_step()
    {
        EmotionEdit[] emotions = [.. Enumerable.Range(0, 5).Select(i => Emotion($"e{i}", $"a cat number {i}", RightHalf()))];
        EditResult result = Edit(Small, Request(Picture(), emotions));
        Assert.Equal((1 + 2 * 5) * 12, result.SampleForwards);
        Assert.Equal(result.SampleForwards, model.Toy.Forwards);
    }

    [Theory]
    [InlineData(1.0, 2.0, false, 1 + 2)]
    [InlineData(0.6, 2.0, false, 2 + 2)]
    [InlineData(1.0, 1.0, false, 1 + 1)]
    [InlineData(1.0, 2.0, true, 1 + 2 + 1)]
    public void Each_row_that_guidance_does_not_need_is_left_out(double source, double target, bool mutual, int rows)
    {
        MoodifierOptions options = Small with { GuidanceSource = source, GuidanceTarget = target, BlendBase = mutual ? BlendBase.Mutual : BlendBase.Source };
        EditResult result = Edit(options, Request(Picture(), Emotion("fear", "a scary cat", RightHalf())));
        Assert.Equal(rows * 12, result.SampleForwards);
        Assert.Equal(result.SampleForwards, model.Toy.Forwards);
    }

    [Fact]
    public void Emotions_in_one_batch_equal_single_edits_and_any_split()
    {
        EmotionEdit[] emotions =
        [
            Emotion("fear", "a scary cat", RightHalf()), Emotion("joy", "a joyful cat in the sun", MaskImage.Filled(8, 8, 0.4f)),
            Emotion("awe", "a huge cat", RightHalf()) with { Intensity = 0.5 }, Emotion("joy", "a joyful cat", RightHalf()) with { Seed = 99 },
        ];
        EditResult together = Edit(Small, Request(Picture(), emotions));
        EditResult split = Edit(Small with { MaxBatchRows = 1 }, Request(Picture(), emotions));
        Assert.Equal((4 * 3 * 12) - (2 * (12 - 8)), split.SampleForwards); // two of three batches with one seed leave the source out after the last of 8 controlled steps
        for (int i = 0; i < emotions.Length; i++)
        {
            EditResult single = Edit(Small, Request(Picture(), emotions[i]));
            AssertNear(single.Images[0].Image, together.Images[i].Image);
            AssertNear(single.Images[0].Image, split.Images[i].Image);
        }
    }

    [Fact]
    public void Further_batches_and_edits_leave_the_source_out_where_nothing_reads_it()
    {
        const int Steps = 12, Controlled = 8; // floor(0.7 x 12)
        EmotionEdit[] emotions = [.. Enumerable.Range(0, 4).Select(i => Emotion($"e{i}", $"a cat number {i}", RightHalf()))];
        using var editor = new MoodifierEditor(model, Small with { MaxBatchRows = 5 }); // two emotions a batch
        EditResult first = editor.Edit(Request(Picture(), emotions));
        Assert.Equal((Steps + Controlled) + (2 * 4 * Steps), first.SampleForwards);
        Assert.Equal(first.SampleForwards, model.Toy.Forwards);

        EditResult second = editor.Edit(Request(Picture(), emotions[..1]));
        Assert.Equal(Controlled + (2 * Steps), second.SampleForwards);
        Assert.Equal(first.SampleForwards + second.SampleForwards, model.Toy.Forwards);
        AssertNear(first.Images[0].Image, second.Images[0].Image);
        for (int i = 0; i < emotions.Length; i++)
        {
            AssertNear(Edit(Small, Request(Picture(), emotions[i])).Images[0].Image, first.Images[i].Image);
        }

        Assert.Equal((1 + 2) * Steps, editor.Edit(Request(Picture(blocky: true), emotions[..1])).SampleForwards); // another picture
        Assert.Equal((1 + 2) * Steps, editor.Edit(Request(Picture(), emotions[..1]) with { SourcePrompt = "a dog" }).SampleForwards); // another source prompt
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_source_stays_where_a_layout_branch_or_the_words_of_a_fallback_read_it(bool mutual, bool words)
    {
        MoodifierOptions options = Small with { BlendBase = mutual ? BlendBase.Mutual : BlendBase.Source };
        EmotionEdit emotion = words ? new EmotionEdit("fear", "a scary cat", null) { TargetPhrases = ["cat"] } : Emotion("fear", "a scary cat", RightHalf());
        using var editor = new MoodifierEditor(model, options);
        long first = editor.Edit(Request(Picture(), emotion)).SampleForwards;
        Assert.Equal(first, editor.Edit(Request(Picture(), emotion)).SampleForwards);
    }

    [Fact]
    public void Decoding_takes_a_few_pictures_at_a_time()
    {
        EmotionEdit[] emotions = [.. Enumerable.Range(0, 6).Select(i => Emotion($"e{i}", $"a cat number {i}", RightHalf()))];
        Edit(Small, Request(Picture(), emotions));
        Assert.Equal([4L, 2L], model.Decoded);
    }

    [Fact]
    public void Batched_latents_equal_single_ones_within_rounding()
    {
        // The same comparison before rounding to bytes: 1e-4 is the contract.
        Tensor Latents(params string[] prompts)
        {
            var probe = new LatentProbe(model);
            using var editor = new MoodifierEditor(probe, Small);
            _ = editor.Edit(Request(Picture(), [.. prompts.Select(p => Emotion("e", p, RightHalf()))]));
            return cat(probe.Decoded);
        }

        using var scope = NewDisposeScope();
        string[] prompts = ["a scary cat", "a joyful cat", "a sad dog in the rain"];
        Tensor all = Latents(prompts), singles = cat([.. prompts.Select(p => Latents(p))]);
        Assert.True((all - singles).abs().max().ToDouble() < 1e-4);
    }

    [Fact]
    public void The_same_seed_gives_identical_bytes_and_another_seed_another_picture()
    {
        EditRequest request = Request(Picture(), Emotion("fear", "a scary cat", RightHalf()));
        byte[] first = Edit(Small, request).Images[0].Image.Pixels;
        Assert.Equal(first, Edit(Small, request).Images[0].Image.Pixels);
        Assert.NotEqual(first, Edit(Small, request with { Seed = 8 }).Images[0].Image.Pixels);
        Assert.NotEqual(first, Edit(Small, request with { SourceDigest = "other" }).Images[0].Image.Pixels);
    }

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.5, 6)]
    [InlineData(0.7, 8)]
    [InlineData(1.0, 12)]
    public void Cross_maps_are_materialised_in_exactly_the_refined_steps(double fraction, int steps)
    {
        _ = Edit(Small with { CrossReplaceUntil = fraction }, Request(Picture(), Emotion("fear", "a scary cat", RightHalf())));
        Assert.Equal(steps * 4, model.Toy.Materialised.Count); // four layers
        Assert.Equal(Enumerable.Range(0, steps), model.Toy.Materialised.Select(m => int.Parse(m.Split('/')[0])).Distinct());
    }

    [Fact]
    public void With_kappa_zero_and_a_full_blend_the_map_only_enters_the_blend()
    {
        MoodifierOptions options = Small with { PixelComposite = false };
        byte[] Of(double kappa, float level) =>
            Edit(options with { Kappa = kappa }, Request(Picture(), Emotion("fear", "a scary cat", MaskImage.Filled(64, 64, level)))).Images[0].Image.Pixels;
        Assert.Equal(Of(0, 0.6f), Of(0, 1)); // both give a full latent mask
        Assert.NotEqual(Of(1, 0.6f), Of(1, 1));
    }

    [Fact]
    public void Mutual_branches_and_refinement_from_them_run_and_keep_the_background()
    {
        RgbImage image = Picture(blocky: true);
        MoodifierOptions options = MoodifierOptions.Official with { Steps = 12, LongSide = 64, MinLongSide = 64, RefineFrom = RefineFrom.Mutual };
        EditResult result = Edit(options, Request(image, Emotion("fear", "a scary cat", RightHalf())));
        Assert.Equal(6 * 12, result.SampleForwards);
        Assert.True(image.Row(3)[..(24 * 3)].SequenceEqual(result.Images[0].Image.Row(3)[..(24 * 3)]));
    }

    [Fact]
    public void Without_a_map_the_phrases_words_find_the_region()
    {
        EmotionEdit edit = Emotion("fear", "a cat with scary eyes", null) with { TargetPhrases = ["scary eyes"], SourcePhrases = ["cat"] };
        EditedImage image = Edit(Small, Request(Picture(), edit)).Images[0];
        Assert.Equal(MaskSource.CrossAttention, image.MaskSource);
        Assert.Contains(image.Mask.Values, v => v == 1);
        EditedImage unknown = Edit(Small, Request(Picture(), edit with { TargetPhrases = ["green moon"] })).Images[0];
        Assert.Equal(MaskSource.Global, unknown.MaskSource);
        Assert.Equal(MaskSource.Global, Edit(Small with { MaskFallback = MaskFallback.Global }, Request(Picture(), edit)).Images[0].MaskSource);
    }

    [Fact]
    public void Words_and_maps_mix_in_one_batch_without_influencing_each_other()
    {
        EmotionEdit mapped = Emotion("awe", "a huge cat", RightHalf());
        EmotionEdit worded = Emotion("fear", "a cat with scary eyes", null) with { TargetPhrases = ["scary eyes"] };
        EditResult both = Edit(Small, Request(Picture(), mapped, worded));
        AssertNear(Edit(Small, Request(Picture(), mapped)).Images[0].Image, both.Images[0].Image);
        AssertNear(Edit(Small, Request(Picture(), worded)).Images[0].Image, both.Images[1].Image);
    }

    [Fact]
    public void A_lower_intensity_lowers_guidance_and_changes_less()
    {
        RgbImage image = Picture(blocky: true);
        EditedImage Of(double a) => Edit(Small, Request(image, Emotion("fear", "a scary cat", RightHalf()) with { Intensity = a })).Images[0];
        double Change(EditedImage e) => e.Image.Pixels.Zip(image.Pixels, (x, y) => Math.Abs(x - y)).Average();
        Assert.Equal(1.3, Of(0.3).GuidanceTarget, 12);
        Assert.True(Change(Of(0.1)) < Change(Of(1)));
    }

    [Fact]
    public void A_given_latent_replaces_encoding_and_must_fit()
    {
        using var editor = new MoodifierEditor(model, Small);
        EditRequest request = Request(Picture(), Emotion("fear", "a scary cat", RightHalf()));
        byte[] expected = editor.Edit(request).Images[0].Image.Pixels;
        using Tensor latent = editor.EncodeSource(request.Image);
        long calls = model.EncodeCalls;
        Assert.Equal(expected, editor.Edit(request with { Latent = latent }).Images[0].Image.Pixels);
        Assert.Equal(calls, model.EncodeCalls);
        using Tensor wrong = zeros(1, 4, 8, 8);
        Assert.Throws<EditException>(() => editor.Edit(request with { Latent = wrong }));
    }

    [Fact]
    public void Texts_are_encoded_once_per_editor()
    {
        using var editor = new MoodifierEditor(model, Small);
        _ = editor.Edit(Request(Picture(), Emotion("fear", "a scary cat", RightHalf())));
        Assert.Equal(4, model.TextCalls); // source, positive, negative, target
        _ = editor.Edit(Request(Picture(), Emotion("fear", "a scary cat", RightHalf()), Emotion("joy", "a joyful cat", RightHalf())));
        Assert.Equal(5, model.TextCalls);
    }

    [Fact]
    public void The_result_can_have_the_sources_size_and_its_own_pixels()
    {
        RgbImage image = Picture(width: 200, height: 120);
        EditResult result = Edit(Small with { OutputSize = OutputSize.Source, SizeMultiple = 16 }, Request(image, Emotion("fear", "a scary cat", RightHalf(200, 120))));
        Assert.Equal((64, 32), (result.Width, result.Height));
        RgbImage edited = result.Images[0].Image;
        Assert.Equal((200, 120), (edited.Width, edited.Height));
        Assert.True(image.Row(60)[..(100 * 3)].SequenceEqual(edited.Row(60)[..(100 * 3)]));
    }

    [Fact]
    public void Progress_counts_steps_and_forwards_over_all_batches_and_cancellation_stops()
    {
        var seen = new List<EditProgress>();
        using var editor = new MoodifierEditor(model, Small with { MaxBatchRows = 3 });
        EditRequest request = Request(Picture(), Emotion("fear", "a scary cat", RightHalf()), Emotion("joy", "a joyful cat", RightHalf()));
        EditResult result = editor.Edit(request, new Inline(seen.Add));
        Assert.Equal(24, seen.Count);
        Assert.Equal(new EditProgress(24, 24, result.SampleForwards), seen[^1]);
        using var stop = new CancellationTokenSource();
        long before = model.Toy.Forwards;
        Assert.Throws<OperationCanceledException>(() => editor.Edit(request, new Inline(p => { if (p.Step == 5) { stop.Cancel(); } }), stop.Token));
        Assert.Equal(5 * 3, model.Toy.Forwards - before);
    }

    [Fact]
    public void Impossible_requests_are_refused_with_a_code()
    {
        EmotionEdit good = Emotion("fear", "a scary cat", RightHalf());
        Assert.StartsWith("PIPE3102", Refusal(Small, Request(Picture())), StringComparison.Ordinal);
        Assert.StartsWith("PIPE3102", Refusal(Small, Request(Picture(), good with { Intensity = 0 })), StringComparison.Ordinal);
        Assert.StartsWith("PIPE3102", Refusal(Small, Request(Picture(), good with { Stimulus = MaskImage.Filled(2, 2, float.NaN) })), StringComparison.Ordinal);
        Assert.StartsWith("PIPE3102", Refusal(Small, Request(Picture(width: 640, height: 20), good)), StringComparison.Ordinal);
        Assert.StartsWith("PIPE3101", Refusal(Small with { Kappa = 2 }, Request(Picture(), good)), StringComparison.Ordinal);
        Assert.StartsWith("PIPE3101", Refusal(Small with { Steps = 51 }, Request(Picture(), good)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_prompt_is_cut_and_flagged()
    {
        string prompt = string.Join(' ', Enumerable.Range(0, 30).Select(i => $"word{i}"));
        Assert.True(Edit(Small, Request(Picture(), Emotion("fear", prompt, RightHalf()))).Images[0].PromptTruncated);
        Assert.False(Edit(Small, Request(Picture(), Emotion("fear", "short", RightHalf()))).Images[0].PromptTruncated);
    }

    [Fact]
    public void An_edit_leaves_no_tensor_behind()
    {
        LiveTensors.AssertUnchangedBy(() =>
        {
            EmotionEdit worded = Emotion("fear", "a cat with scary eyes", null) with { TargetPhrases = ["scary eyes"] };
            _ = Edit(Small, Request(Picture(), Emotion("awe", "a huge cat", RightHalf()), worded));
            _ = Edit(MoodifierOptions.Official with { Steps = 2, LongSide = 64, MinLongSide = 64 }, Request(Picture(), Emotion("awe", "a huge cat", RightHalf())));
        });
    }

    private EditResult Edit(MoodifierOptions options, EditRequest request)
    {
        using var editor = new MoodifierEditor(model, options);
        return editor.Edit(request);
    }

    private string Refusal(MoodifierOptions options, EditRequest request) => Assert.Throws<EditException>(() => Edit(options, request)).Message;

    private static EditRequest Request(RgbImage image, params EmotionEdit[] emotions) => new(image, "00ff", "a cat on a mat", emotions, Seed: 7);

    private static EmotionEdit Emotion(string name, string prompt, MaskImage? map) => new(name, prompt, map);

    private static MaskImage RightHalf(int width = 64, int height = 64)
    {
        var map = new MaskImage(width, height);
        for (int y = 0; y < height; y++)
        {
            map.Row(y)[(width / 2)..].Fill(1);
        }

        return map;
    }

    private static RgbImage Picture(bool blocky = false, int width = 64, int height = 64)
    {
        float[] noise = new NoiseSource(3, "picture").Normal("pixels", width * height * 3);
        byte[] pixels = new byte[noise.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int pixel, int channel) = (i / 3, i % 3);
            (int y, int x) = (pixel / width, pixel % width);
            int cell = blocky ? (y / 4 * 4 * width + x / 4 * 4) * 3 + channel : i;
            pixels[i] = (byte)Math.Clamp(128 + 60 * noise[cell], 0, 255);
        }

        return new RgbImage(width, height, pixels);
    }

    private static void AssertNear(RgbImage a, RgbImage b) => Assert.InRange(a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Max(), 0, 1);

    private sealed class Inline(Action<EditProgress> report) : IProgress<EditProgress>
    {
        public void Report(EditProgress value) => report(value);
    }
}
