using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Blip2;
using Pipeline.Models.Clip;
using Pipeline.Models.Dino;
using Pipeline.Models.Lpips;
using Pipeline.Models.Preprocessing;
using Pipeline.Models.StableDiffusion;
using Pipeline.TestKit;
using Pipeline.Training.Judging;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Tests;

/// <summary>The weights under <c>models/tiny</c> are those that the report speaks of: each member on scenes that no recipe trains or judges on.</summary>
public sealed class ShippedFamilyTests
{
    private const ulong First = 950_000_000;

    private static readonly RenderedScene[] s_scenes = [.. Enumerable.Range(0, 64).Select(i => SceneRenderer.Render(Scene.Sample(First + (ulong)i)))];

    [Fact]
    public void The_autoencoder_keeps_pictures()
    {
        using AutoencoderKL network = AutoencoderKL.Load(Folder("diffusion", "vae"));
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        Tensor pixels = ImageTensors.ToTensor([.. s_scenes.Select(s => s.Image)], PixelRange.SignedUnit);
        Tensor latent = network.Encode(pixels).Mean;
        Tensor error = (network.Decode(latent).clamp(-1, 1) - pixels) * 0.5;
        double decibels = ((error * error).mean([1, 2, 3]).log10() * -10.0).mean().ToDouble();
        Assert.True(decibels > 29, $"{decibels} dB");
        Assert.InRange(latent.std().ToDouble(), 0.9, 1.1);
    }

    [Fact]
    public void Clip_finds_captions_and_pictures()
    {
        using ClipEmbedder clip = ClipEmbedder.Load(Folder("clip"));
        using DisposeScope scope = NewDisposeScope();
        Tensor cosines = clip.EmbedImages([.. s_scenes.Select(s => s.Image)]).matmul(clip.EmbedTexts([.. s_scenes.Select(s => SceneCaption.Short(s.Scene))]).transpose(0, 1));
        long[] nearest = cosines.argmax(1).data<long>().ToArray();
        Assert.InRange(nearest.Where((n, i) => n == i).Count(), 60, 64);
    }

    [Fact]
    public void The_judge_names_mood_kinds_and_colours()
    {
        using WorldJudge judge = WorldJudge.Load(Folder("classifier"));
        SceneVerdict[] verdicts = [.. s_scenes.Select(s => judge.Judge(s.Image))];
        Assert.InRange(verdicts.Where((v, i) => v.Sky == s_scenes[i].Scene.Sky).Count(), 62, 64);
        Assert.InRange(verdicts.Where((v, i) => v.Kinds(s_scenes[i].Scene.Objects.Count).SetEquals(s_scenes[i].Scene.Objects.Select(o => o.Kind))).Count(), 58, 64);
        Assert.InRange(verdicts.Where((v, i) => s_scenes[i].Scene.Objects.All(o => v.ColourOf(o.Kind) == o.Colour)).Count(), 58, 64);
    }

    [Fact]
    public void The_captioner_says_what_is_there()
    {
        using Blip2Model captioner = Blip2Model.Load(Folder("captioner"));
        RenderedScene[] some = s_scenes[..16];
        Assert.InRange(some.Count(s => captioner.Caption(s.Image) == SceneCaption.Short(s.Scene)), 12, 16);
    }

    [Fact]
    public void The_perceptual_distance_grows_with_the_change()
    {
        using LpipsModel lpips = LpipsModel.Load(Folder("lpips"));
        int ordered = s_scenes.Count(s =>
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable recording = no_grad();
            Tensor Pixels(Scene scene) => ImageTensors.ToTensor([SceneRenderer.Render(scene).Image], PixelRange.SignedUnit);
            Tensor own = Pixels(s.Scene);
            double near = lpips.Distance(own, (own + 0.05).clamp(-1, 1)).ToDouble(), far = lpips.Distance(own, Pixels(Scene.Sample(s.Scene.LayoutSeed))).ToDouble();
            return near < far && lpips.Distance(own, own).ToDouble() < 1e-6;
        });
        Assert.InRange(ordered, 62, 64);
    }

    [Fact]
    public void Another_kind_is_another_structure_and_another_pattern_hardly_is()
    {
        using ViTModel transformer = ViTModel.Load(Folder("dino"));
        IImageProcessor processor = ImageProcessorLoader.Load(Folder("dino"));
        double Distance(Scene one, Scene other)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable recording = no_grad();
            Tensor Keys(Scene scene) => transformer.Keys(processor.Process(SceneRenderer.Render(scene).Image, CPU)).squeeze(0);
            return StructureDistance.Compute(Keys(one), Keys(other));
        }

        ScenePair[] Pairs(EditKind kind) => [.. Enumerable.Range(0, 24).Select(i => ScenePair.Of(kind, First + (ulong)i))];
        double kinds = Pairs(EditKind.Object).Average(p => Distance(p.Before, p.After)), patterns = Pairs(EditKind.Surface).Average(p => Distance(p.Before, p.After));
        Assert.True(kinds > 4 * patterns, $"{kinds} against {patterns}");
    }

    private static string Folder(params string[] parts) => Path.Combine([Fixtures.RepositoryRoot, "models", "tiny", .. parts]);
}
