using Pipeline.Diffusion.Noise;
using Pipeline.Diffusion.Sampling;
using Pipeline.Diffusion.Schedulers;
using Pipeline.Diffusion.Tests.Toys;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Moodifier;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Methods.Tests.Moodifier;

/// <summary>The same editor on the real UNet and autoencoder, at the size of a tiny checkpoint with random weights (128 pixels, latents 32x32, 9 attention sites).</summary>
public sealed class TinyStableDiffusionTests : IDisposable
{
    private const int Side = 128;
    private static readonly MoodifierOptions Options = new() { Steps = 4, LongSide = Side, MinLongSide = Side };
    private readonly UNet2DConditionModel unet = UNet2DConditionModel.Load(Fixtures.Path("goldens", "diffusion", "tiny-sd", "unet"));
    private readonly AutoencoderKL autoencoder = AutoencoderKL.Load(Fixtures.Path("goldens", "diffusion", "tiny-sd", "vae"));
    private readonly LatentDiffusionModel model;

    public TinyStableDiffusionTests() => model = new LatentDiffusionModel(
        unet, autoencoder, prompt => ToyText.Encode(prompt, 77, 32, ScalarType.Float32), NoiseSchedule.Create(new SchedulerOptions()));

    public void Dispose()
    {
        unet.Dispose();
        autoencoder.Dispose();
    }

    [Fact]
    public void Without_bounds_pictures_are_edited_near_the_size_the_model_was_made_for()
    {
        Assert.Equal(128, model.NativeSide);
        EditResult result = Edit(new MoodifierOptions { Steps = 1 }, Emotion("a scary cat"));
        Assert.Equal((128, 128), (result.Width, result.Height));
    }

    [Fact]
    public void The_unets_own_counter_agrees_with_the_results_count()
    {
        EditResult result = Edit(Options, Emotion("a scary cat"), Emotion("a joyful cat"), Emotion("a sad cat"));
        Assert.Equal((1 + 2 * 3) * 4, result.SampleForwards);
        Assert.Equal(result.SampleForwards, unet.ForwardCount);
        Assert.Equal([999, 759, 499, 259], result.Timesteps);
    }

    [Fact]
    public void Background_pixels_are_the_sources_and_the_stimulus_changes()
    {
        RgbImage image = Picture(), edited = Edit(Options, Emotion("a scary cat")).Images[0].Image;
        int changed = 0;
        for (int y = 0; y < Side; y++)
        {
            Assert.True(image.Row(y)[..(Side / 2 * 3)].SequenceEqual(edited.Row(y)[..(Side / 2 * 3)]));
            changed += image.Row(y)[(Side / 2 * 3)..].SequenceEqual(edited.Row(y)[(Side / 2 * 3)..]) ? 0 : 1;
        }

        Assert.Equal(Side, changed);
    }

    [Fact]
    public void The_latent_background_is_z0_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        var probe = new LatentProbe(model);
        using var editor = new MoodifierEditor(probe, Options);
        using Tensor z0 = editor.EncodeSource(Picture());
        _ = editor.Edit(Request(Emotion("a scary cat")));
        Tensor difference = (probe.Decoded[0] - z0).abs();
        Assert.Equal(0, difference.narrow(3, 0, 15).max().ToDouble()); // the mask's blur reaches one cell across the edge
        Assert.True(difference.narrow(3, 17, 15).max().ToDouble() > 0.01);
    }

    [Fact]
    public void Batched_emotions_equal_single_ones()
    {
        using var scope = NewDisposeScope();
        string[] prompts = ["a scary cat", "a joyful cat", "a sad cat"];
        Tensor Latents(MoodifierOptions options, params string[] targets)
        {
            var probe = new LatentProbe(model);
            using var editor = new MoodifierEditor(probe, options);
            _ = editor.Edit(Request([.. targets.Select(Emotion)]));
            return cat(probe.Decoded);
        }

        // Random weights amplify rounding along the chain, so the bound scales with the latents' own size.
        Tensor together = Latents(Options, prompts), split = Latents(Options with { MaxBatchRows = 5 }, prompts), single = cat([.. prompts.Select(p => Latents(Options, p))]);
        double allowed = 1e-4 * Math.Max(1, together.abs().max().ToDouble());
        Assert.InRange((together - single).abs().max().ToDouble(), 0, allowed);
        Assert.InRange((together - split).abs().max().ToDouble(), 0, allowed);
    }

    [Fact]
    public void The_same_request_gives_identical_bytes()
    {
        byte[] first = Edit(Options, Emotion("a scary cat")).Images[0].Image.Pixels;
        Assert.Equal(first, Edit(Options, Emotion("a scary cat")).Images[0].Image.Pixels);
    }

    [Theory]
    [InlineData("paper", 3)]
    [InlineData("official", 6)]
    public void Both_presets_run_at_their_cost(string preset, int rows)
    {
        MoodifierOptions options = (preset == "paper" ? MoodifierOptions.Paper : MoodifierOptions.Official) with { Steps = 2, LongSide = Side, MinLongSide = Side };
        Assert.Equal(rows * 2, Edit(options, Emotion("a scary cat")).SampleForwards);
        Assert.Equal(rows * 2, unet.ForwardCount);
    }

    [Fact]
    public void Words_find_a_region_on_the_real_attention_maps()
    {
        EmotionEdit edit = new EmotionEdit("fear", "a cat with scary eyes", null) with { TargetPhrases = ["scary eyes"] };
        EditedImage image = Edit(Options, edit).Images[0];
        Assert.Equal(MaskSource.CrossAttention, image.MaskSource);
        Assert.Contains(image.Mask.Values, v => v == 1);
    }

    [Fact]
    public void An_edit_leaves_no_tensor_behind() => LiveTensors.AssertUnchangedBy(() => Edit(Options with { Steps = 2 }, Emotion("a scary cat")));

    private EditResult Edit(MoodifierOptions options, params EmotionEdit[] emotions)
    {
        using var editor = new MoodifierEditor(model, options);
        return editor.Edit(Request(emotions));
    }

    private static EditRequest Request(params EmotionEdit[] emotions) => new(Picture(), "00ff", "a cat", emotions, Seed: 7);

    private static EmotionEdit Emotion(string prompt)
    {
        var map = new MaskImage(Side, Side);
        for (int y = 0; y < Side; y++)
        {
            map.Row(y)[(Side / 2)..].Fill(1);
        }

        return new EmotionEdit("fear", prompt, map);
    }

    private static RgbImage Picture() =>
        new(Side, Side, Array.ConvertAll(new NoiseSource(3, "picture").Normal("pixels", Side * Side * 3), v => (byte)Math.Clamp(128 + 40 * v, 0, 255)));
}
