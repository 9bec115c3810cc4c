using System.Text.Json;
using Pipeline.Diffusion.Inversion;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Inversion;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Cli.Tests;

/// <summary>What holds for every registered method, on the random tiny family: batches, seeds, sizes, and freed memory.</summary>
public sealed class EditMethodTests : IClassFixture<TinyFamily>
{
    private static readonly string[] Emotions = ["joy", "fear", "anger"];
    private readonly TinyFamily family;

    public EditMethodTests(TinyFamily family) => this.family = family;

    /// <summary>Every method that edits by itself; the remote editor has tests of its own, since its results are the server's.</summary>
    public static TheoryData<string> Methods() => [.. EditMethods.BuiltIn.Names.Where(n => n != "remote")];

    /// <summary>Every method, and those over each inversion that they offer; with a slash between the two.</summary>
    public static TheoryData<string> Variants() =>
    [
        .. EditMethods.BuiltIn.Names.Where(n => n != "remote"),
        .. Inversions.All.Where(i => i.Name != Inversions.Default).SelectMany(i => new[] { $"moodifier/{i.Name}", $"prompt-to-prompt/{i.Name}" }),
    ];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Emotions_in_one_batch_equal_emotions_one_by_one(string method)
    {
        IReadOnlyList<EditedImage> together = Edit(method, Emotions).Images;
        Assert.Equal(Emotions, together.Select(i => i.Emotion));
        for (int i = 0; i < Emotions.Length; i++)
        {
            RgbImage alone = Edit(method, [Emotions[i]]).Images[0].Image;
            Assert.InRange(LargestDifference(alone, together[i].Image), 0, 1); // 1e-4 before the pixels are rounded
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void The_same_seed_gives_the_same_bytes_and_prompts_make_a_difference(string method)
    {
        IReadOnlyList<EditedImage> first = Edit(method, Emotions[..2]).Images, again = Edit(method, Emotions[..2]).Images;
        Assert.All(first.Zip(again), pair => Assert.Equal(pair.First.Image.Pixels, pair.Second.Image.Pixels));
        Assert.NotEqual(first[0].Image.Pixels, first[1].Image.Pixels);
        Assert.True(first[0].Image.Pixels.Distinct().Count() > 8, "the picture is flat");
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_method_leaves_no_tensor_behind(string method)
    {
        Edit(method, Emotions[..1]); // models are loaded when first asked for
        long before = LiveTensors.Settled();
        Edit(method, Emotions[..1]);
        LiveTensors.AssertBackTo(before);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_latent_that_the_invert_stage_made_changes_nothing(string method)
    {
        IEditMethodFactory factory = EditMethods.BuiltIn[Name(method)];
        (float[] values, long[] shape) = factory.EncodeSource(Parameters(method), family.Models, family.Picture);
        using Tensor? latent = values.Length == 0 ? null : tensor(values, shape);
        Assert.InRange(LargestDifference(Edit(method, Emotions[..1]).Images[0].Image, Edit(method, Emotions[..1], latent).Images[0].Image), 0, 0);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void What_the_invert_stage_kept_gives_the_same_edit_and_nothing_is_inverted_again(string method)
    {
        IEditMethodFactory factory = EditMethods.BuiltIn[Name(method)];
        if (!factory.Inverts(Parameters(method)))
        {
            return; // nothing is kept of a picture but its latent
        }

        (float[] values, long[] shape) = factory.EncodeSource(Parameters(method), family.Models, family.Picture);
        using Tensor latent = tensor(values, shape);
        (InversionArtefact artefact, long forwards) = factory.Invert(Parameters(method), family.Models, new PictureToInvert(family.Picture, latent, "a round cup on a table", "digest"), CancellationToken.None);
        byte[] file = StoredInversion.Write(artefact);
        AssertLatentsTakeTwoBytes(artefact, file.Length);
        using InversionArtefact kept = StoredInversion.Read(file, CPU);
        artefact.Dispose();
        EditResult fresh = Edit(method, Emotions[..2]), again = Edit(method, Emotions[..2], latent, kept);
        Assert.All(fresh.Images.Zip(again.Images), pair => Assert.Equal(pair.First.Image.Pixels, pair.Second.Image.Pixels));
        Assert.True(forwards > 0);
        Assert.Equal(fresh.SampleForwards - forwards, again.SampleForwards);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Jobs_that_take_turns_on_one_UNet_do_not_see_each_other(string method)
    {
        byte[] alone = Edit(method, Emotions[..1]).Images[0].Image.Pixels;
        var inner = new Interruption(() => Edit("moodifier", Emotions[1..2]));
        IEditMethod edit = EditMethods.BuiltIn[Name(method)].Create(Parameters(method), family.Models);
        using var owned = edit as IDisposable;
        Assert.Equal(alone, edit.Edit(Request(Emotions[..1]), inner).Images[0].Image.Pixels);
        Assert.True(inner.Times > 1, $"{inner.Times} interruptions");
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void A_plan_foresees_at_least_what_an_edit_costs(string method)
    {
        long planned = EditMethods.BuiltIn[Name(method)].EstimateForwards(Parameters(method), 2), counted = Edit(method, Emotions[..2]).SampleForwards;
        Assert.InRange(planned, counted, 4 * counted); // backward passes are planned, not counted
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Unknown_and_impossible_parameters_are_refused(string method)
    {
        IEditMethodFactory factory = EditMethods.BuiltIn[Name(method)];
        Assert.Contains("PIPE3101", Assert.Throws<EditException>(() => factory.Normalise(JsonDocument.Parse("""{"stepz":3}""").RootElement)).Message, StringComparison.Ordinal);
        Assert.Throws<EditException>(() => factory.Normalise(JsonDocument.Parse("""{"steps":0}""").RootElement));
        Assert.Throws<EditException>(() => factory.Normalise(JsonDocument.Parse("""{"sizeMultiple":0}""").RootElement));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Normal_parameters_read_back_to_themselves(string method)
    {
        IEditMethodFactory factory = EditMethods.BuiltIn[Name(method)];
        string normal = factory.Normalise(Parameters(method)).ToJsonString();
        Assert.Equal(normal, factory.Normalise(JsonDocument.Parse(normal).RootElement).ToJsonString());
    }

    private EditRequest Request(string[] emotions) =>
        new(family.Picture, "digest", "a round cup on a table", [.. emotions.Select(e => new EmotionEdit(e, $"a round cup on a table, {e}", null))], 7);

    private EditResult Edit(string method, string[] emotions, Tensor? latent = null, InversionArtefact? inverted = null)
    {
        IEditMethod edit = EditMethods.BuiltIn[Name(method)].Create(Parameters(method), family.Models);
        try
        {
            return edit.Edit(Request(emotions) with { Latent = latent, Inverted = inverted });
        }
        finally
        {
            (edit as IDisposable)?.Dispose();
        }
    }

    private static string Name(string variant) => variant.Split('/')[0];

    // Few steps of every method, and as little optimisation as still moves something.
    private static JsonElement Parameters(string variant)
    {
        string[] parts = variant.Split('/');
        string inner = parts[^1] switch { "null-text" => """{"innerSteps":2}""", "stylediffusion" => """{"innerSteps":2}""", _ => "{}" };
        return JsonDocument.Parse(parts switch
        {
            ["moodifier"] => """{"steps":3,"timesteps":"leading","minLongSide":64,"longSide":128,"maskFallback":"global"}""",
            ["stylediffusion"] => """{"steps":3,"innerSteps":2,"minLongSide":64,"longSide":128}""",
            ["moodifier", var inversion] => $$"""{"inversion":"{{inversion}}","inversionParams":{{inner}},"steps":3,"minLongSide":64,"longSide":128,"maskFallback":"global"}""",
            [_, var inversion] => $$"""{"inversion":"{{inversion}}","inversionParams":{{inner}},"steps":3,"minLongSide":64,"longSide":128}""",
            _ => """{"steps":3,"minLongSide":64,"longSide":128}""",
        }).RootElement;
    }

    // The path, or the regularised start, is kept in half precision; what was learned is not.
    private static void AssertLatentsTakeTwoBytes(InversionArtefact artefact, int bytes)
    {
        long latents = artefact.Names.Where(n => n is "path" or "start").Sum(n => artefact[n].numel());
        long others = artefact.Names.Where(n => n is not ("path" or "start")).Sum(n => artefact[n].numel());
        Assert.InRange(bytes, (2 * latents) + (2 * others), (2 * latents) + (4 * others) + (512 * artefact.Names.Count) + 512);
    }

    private static int LargestDifference(RgbImage a, RgbImage b)
    {
        Assert.Equal((a.Width, a.Height), (b.Width, b.Height));
        return a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Max();
    }

    // Another job at every step of this one.
    private sealed class Interruption(Action other) : IProgress<EditProgress>
    {
        public int Times { get; private set; }

        public void Report(EditProgress value)
        {
            Times++;
            other();
        }
    }
}
