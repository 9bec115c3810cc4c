using System.Text.Json;
using Pipeline.Diffusion.Inversion;
using Pipeline.Imaging;
using Pipeline.Imaging.Masks;
using Pipeline.Methods.Moodifier;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Methods.Tests.Moodifier;

public sealed class MoodifierInversionTests : IDisposable
{
    private readonly ToyDiffusionModel model = new();

    public static TheoryData<string> Names => [.. All];

    private static readonly string[] All = ["ddim", "direct", "npi", "prox-npi", "null-text", "edit-friendly"];

    public void Dispose() => model.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void The_background_is_the_picture_and_the_stimulus_changes(string name)
    {
        RgbImage image = Picture();
        EditResult result = Edit(Options(name), image, Emotion("fear", "a scary cat"));
        RgbImage edited = result.Images[0].Image;
        int changed = 0;
        for (int y = 0; y < 64; y++)
        {
            Assert.True(image.Row(y)[..(32 * 3)].SequenceEqual(edited.Row(y)[..(32 * 3)]));
            changed += Enumerable.Range(40, 24).Count(x => Math.Abs(image.Pixels[((y * 64) + x) * 3] - edited.Pixels[((y * 64) + x) * 3]) > 4);
        }

        Assert.True(changed > 100, $"{changed} pixels changed");
        Assert.Equal(model.Toy.Forwards, result.SampleForwards);
    }

    [Theory]
    [InlineData("ddim", 8 + (8 * 5))]
    [InlineData("direct", 8 + (8 * 5))]
    [InlineData("npi", 8 + (8 * 5))]
    [InlineData("prox-npi", 8 + (8 * 5))]
    [InlineData("null-text", (8 * 3) + (8 * 2) + (8 * 6))]
    [InlineData("edit-friendly", (8 * 2) + (6 * 6))] // floor(0.36 x 8) steps are left out
    public void Two_emotions_share_source_branch_and_inversion(string name, long forwards)
    {
        EditResult result = Edit(Options(name), Picture(), Emotion("fear", "a scary cat"), Emotion("awe", "a huge cat"));
        Assert.Equal(forwards, result.SampleForwards);
        Assert.Equal(forwards, model.Toy.Forwards);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_edit_over_a_kept_inversion_is_the_same_and_pays_for_sampling_alone(string name)
    {
        using var editor = new MoodifierEditor(model, Options(name));
        RgbImage image = Picture();
        using var scope = NewDisposeScope();
        using Tensor latent = editor.EncodeSource(image);
        EditResult whole = editor.Edit(Request(image, Emotion("fear", "a scary cat")));
        (InversionArtefact artefact, long spent) = editor.Invert(image, latent, "a cat on a mat", "00ff");
        using (artefact)
        {
            long before = model.Toy.Forwards;
            EditResult again = editor.Edit(Request(image, Emotion("fear", "a scary cat")) with { Latent = latent, Inverted = artefact });
            Assert.Equal(whole.Images[0].Image.Pixels, again.Images[0].Image.Pixels);
            Assert.Equal(whole.SampleForwards - spent, again.SampleForwards);
            Assert.Equal(again.SampleForwards, model.Toy.Forwards - before);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_emotion_in_a_batch_is_the_emotion_alone(string name)
    {
        RgbImage image = Picture();
        EditResult both = Edit(Options(name), image, Emotion("fear", "a scary cat"), Emotion("awe", "a huge cat"));
        EditResult alone = Edit(Options(name), image, Emotion("awe", "a huge cat"));
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            Assert.InRange(both.Images[1].Image.Pixels[i] - alone.Images[0].Image.Pixels[i], -1, 1);
        }
    }

    [Fact]
    public void Naming_an_inversion_brings_its_authors_settings_and_given_ones_stay()
    {
        MoodifierOptions npi = Read("""{"inversion": "npi", "steps": 20}"""), friendly = Read("""{"inversion": "edit-friendly", "preset": "official"}""");
        Assert.Equal((20, TimestepRule.Leading, 0, 1.0, 7.5), (npi.Steps, npi.Timesteps, npi.StepsOffset, npi.GuidanceSource, npi.GuidanceTarget));
        Assert.Equal((100, 1, 3.5, 15.0, BlendBase.Source), (friendly.Steps, friendly.StepsOffset, friendly.GuidanceSource, friendly.GuidanceTarget, friendly.BlendBase));
        MoodifierOptions plain = Read(null), named = Read("""{"inversion": "virtual"}""");
        Assert.Equal(plain, named);
        Assert.Equal("virtual", plain.Inversion);
        MoodifierOptions own = Read("""{"inversion": "prox-npi", "inversionParams": {"preset": "official", "quantile": 0.75}}""");
        Assert.Equal((true, 0.75), ((bool)own.InversionParams!["jointQuantile"]!, (double)own.InversionParams["quantile"]!));
        Assert.Equal(MoodifierParams.Write(own).ToJsonString(), MoodifierParams.Write(Read(MoodifierParams.Write(own).ToJsonString())).ToJsonString());
    }

    [Theory]
    [InlineData("""{"inversion": "magic"}""", "null-text")]
    [InlineData("""{"inversion": 7}""", "params")]
    [InlineData("""{"inversion": "npi", "timesteps": "lcm"}""", "leading")]
    [InlineData("""{"inversion": "npi", "strength": 0.5}""", "strength 1")]
    [InlineData("""{"inversion": "ddim", "blendBase": "mut"}""", "layout branch")]
    [InlineData("""{"inversion": "ddim", "eta": 0.5}""", "virtual")]
    [InlineData("""{"inversion": "null-text", "guidanceSource": 1}""", "guidanceSource")]
    [InlineData("""{"inversion": "npi", "inversionParams": {"interpolation": 2}}""", "interpolation")]
    [InlineData("""{"inversion": "npi", "inversionParams": {"quantile": 0.5}}""", "quantile")]
    [InlineData("""{"inversion": "npi", "inversionParams": "soft"}""", "params")]
    public void What_does_not_fit_together_is_refused_before_anything_runs(string parameters, string says) =>
        Assert.Contains(says, Assert.Throws<EditException>(() => Read(parameters)).Message);

    [Fact]
    public void A_kept_inversion_of_another_kind_is_refused()
    {
        using var foreign = new InversionArtefact(("weights", zeros(1)));
        using var editor = new MoodifierEditor(model, Options("null-text"));
        Assert.Contains("another inversion", Assert.Throws<EditException>(() => editor.Edit(Request(Picture(), Emotion("fear", "a scary cat")) with { Inverted = foreign })).Message);
    }

    [Fact]
    public void Editing_over_every_inversion_leaves_no_tensor_behind()
    {
        LiveTensors.AssertUnchangedBy(() =>
        {
            foreach (string name in All)
            {
                _ = Edit(Options(name), Picture(), Emotion("fear", "a scary cat"));
            }
        });
    }

    private static MoodifierOptions Options(string name) => Read($$"""
        {"inversion": "{{name}}", "inversionParams": {{(name == "null-text" ? """{"innerSteps": 2, "stopBelow": 0, "stopGrowth": 0}""" : "null")}}, "steps": 8, "longSide": 64, "minLongSide": 64, "sizeMultiple": 16}
        """);

    private static MoodifierOptions Read(string? parameters) => MoodifierParams.Read(parameters is null ? null : JsonSerializer.Deserialize<JsonElement>(parameters));

    private EditResult Edit(MoodifierOptions options, RgbImage image, params EmotionEdit[] emotions)
    {
        using var editor = new MoodifierEditor(model, options);
        return editor.Edit(Request(image, emotions));
    }

    private static EditRequest Request(RgbImage image, params EmotionEdit[] emotions) => new(image, "00ff", "a cat on a mat", emotions, Seed: 7);

    private static EmotionEdit Emotion(string name, string prompt)
    {
        var right = new MaskImage(64, 64);
        for (int y = 0; y < 64; y++)
        {
            right.Row(y)[32..].Fill(1);
        }

        return new EmotionEdit(name, prompt, right);
    }

    private static RgbImage Picture()
    {
        byte[] pixels = new byte[64 * 64 * 3];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int x, int y) = (i / 3 % 64, i / 3 / 64);
            pixels[i] = (byte)(40 + ((x / 4 * 13) + (y / 4 * 7) + (i % 3 * 50)) % 160);
        }

        return new RgbImage(64, 64, pixels);
    }
}
