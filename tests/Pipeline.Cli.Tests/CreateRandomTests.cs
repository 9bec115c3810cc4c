using System.Security.Cryptography;
using Pipeline.Cli.Commands;
using Pipeline.Imaging;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;
using Pipeline.Models;
using Pipeline.Models.Blip2;
using Pipeline.Models.Clip;
using Pipeline.Models.Dino;
using Pipeline.Models.LlavaNext;
using Pipeline.Models.StableDiffusion;
using Pipeline.Models.Tokenizers;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Cli.Tests;

public sealed class CreateRandomTests : IClassFixture<CreateRandomTests.TinyModels>
{
    private readonly string _models;

    public CreateRandomTests(TinyModels models) => _models = models.Path;

    [Fact]
    public void The_folder_has_every_component_and_is_small()
    {
        ModelDirectory directory = ModelDirectory.Open(_models);
        ComponentKind[] kinds = [.. Enum.GetValues<ComponentKind>().Where(k => k is not (ComponentKind.Classifier or ComponentKind.Lpips))]; // without training these say nothing
        Assert.Equal(kinds, directory.Components.Select(c => c.Kind));
        Assert.All(kinds, kind => directory.Require(kind));
        Assert.InRange(Files(_models).Sum(f => new FileInfo(f).Length), 1_000_000, 10_000_000);
    }

    [Fact]
    public void Verify_loads_every_part_without_a_complaint()
    {
        (int code, string output) = CommandLine.Run(ModelsCommand.Create(), "verify", _models);
        Assert.True(code == 0, output);
        Assert.DoesNotContain("not used", output, StringComparison.Ordinal);
        Assert.DoesNotContain("missing", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_other_weights()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(0, Create(folder.File("again"), 3).Code);
        Assert.Equal(0, Create(folder.File("other"), 4).Code);
        Dictionary<string, string> first = Digests(_models), again = Digests(folder.File("again")), other = Digests(folder.File("other"));
        Assert.Equal(first, again);
        Assert.Equal(first.Keys, other.Keys);
        Assert.All(first.Keys, file => Assert.Equal(!file.EndsWith(".safetensors", StringComparison.Ordinal), first[file] == other[file]));
    }

    [Fact]
    public void A_folder_with_content_is_left_alone()
    {
        (int code, string message) = Create(_models, 9);
        Assert.Equal(ExitCodes.Usage, code);
        Assert.Contains("not empty", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_tokenizers_know_common_words_whole_and_give_texts_back()
    {
        ITokenizer clip = TokenizerLoader.Load(System.IO.Path.Combine(_models, "diffusion", "tokenizer"));
        Assert.Equal(3, clip.Encode("photo").Count);
        Assert.Equal("a joyful garden in the rain", clip.Decode(clip.Encode("a joyful garden in the rain")));
        foreach (string part in (string[])["mllm", "captioner"])
        {
            ITokenizer tokenizer = TokenizerLoader.Load(System.IO.Path.Combine(_models, part));
            const string Text = "A quiet street, \"wörld\" 42 {x}: 雨";
            Assert.Equal(Text, tokenizer.Decode(tokenizer.Encode(Text)));
        }
    }

    [Fact]
    public void The_diffusion_models_denoise_and_decode_to_finite_numbers()
    {
        using var scope = NewDisposeScope();
        using StableDiffusionModel model = StableDiffusionModel.Load(System.IO.Path.Combine(_models, "diffusion"));
        Assert.Equal(11, model.UNet.AttentionSites.Count);
        using var guard = inference_mode();
        Tensor context = model.EncodeText(["a joyful garden"]);
        Tensor noise = model.UNet.Forward(randn(1, 4, 8, 8), tensor(500), context);
        Assert.Equal([1, 4, 8, 8], noise.shape);
        Tensor picture = model.Vae.Decode(noise);
        Assert.Equal([1, 3, 64, 64], picture.shape);
        Assert.True(picture.isfinite().all().item<bool>());
    }

    [Fact]
    public void The_scoring_models_give_finite_vectors()
    {
        using var scope = NewDisposeScope();
        using ClipModel clip = ClipModel.Load(System.IO.Path.Combine(_models, "clip"));
        using ViTModel dino = ViTModel.Load(System.IO.Path.Combine(_models, "dino"));
        using var guard = inference_mode();
        Tensor pixels = randn(1, 3, 32, 32);
        Assert.True(dino.ClassToken(pixels).isfinite().all().item<bool>());
        Tensor image = clip.ProjectImage(clip.ForwardImage(pixels).Pooled);
        Assert.Equal([1, 24], image.shape);
        Assert.True(image.isfinite().all().item<bool>());
    }

    [Fact]
    public void The_prompting_step_runs_over_the_random_models_and_ends_in_its_fallback()
    {
        RgbImage picture = new(90, 60);
        using LlavaNextModel mllm = LlavaNextModel.Load(System.IO.Path.Combine(_models, "mllm"));
        using Blip2Model captioner = Blip2Model.Load(System.IO.Path.Combine(_models, "captioner"));
        ClipTokenizer tokenizer = TokenizerLoader.LoadClip(System.IO.Path.Combine(_models, "diffusion", "tokenizer"));
        MllmPrompter prompter = new(
            new LlavaNextQuestioner(mllm), image => captioner.Caption(image), null, new PromptAssembler(text => tokenizer.EncodePlain(text).Count, new PromptOptions()),
            new StimulusMapBuilder(new StimulusMapOptions()), DomainHints.Default, new PrompterOptions { MaxNewTokens = 16 });
        EmotionPrompts result = prompter.Prompt(new PromptRequest(picture, new PictureSize(90, 60), [EmotionTaxonomy.ById(16)])).Single();
        Assert.Equal((ParseStatus.Fallback, 2), (result.Status, result.Asked));
        Assert.EndsWith("a joyful mood", result.Target.Text, StringComparison.Ordinal);
        Assert.InRange(tokenizer.EncodePlain(result.Target.Text).Count, 1, 75);
    }

    private static (int Code, string Output) Create(string folder, long seed) => CommandLine.Run(ModelsCommand.Create(), "create-random", "--family", "tiny", "--out", folder, "--seed", $"{seed}");

    private static string[] Files(string folder) => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private static Dictionary<string, string> Digests(string folder) =>
        Files(folder).ToDictionary(f => System.IO.Path.GetRelativePath(folder, f), f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))));

    /// <summary>One folder for all tests, with seed 3.</summary>
    public sealed class TinyModels : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public TinyModels()
        {
            (int code, string output) = Create(Path, 3);
            Assert.True(code == 0, output);
        }

        public string Path => _folder.File("models");

        public void Dispose() => _folder.Dispose();
    }
}
