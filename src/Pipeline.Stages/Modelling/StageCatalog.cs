using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Contracts.Json;
using Pipeline.Contracts.Topology;
using Pipeline.Diffusion.Sampling;
using Pipeline.Evaluation.Metrics;
using Pipeline.Imaging;
using Pipeline.Methods;
using Pipeline.Methods.Emotions;
using Pipeline.Methods.Prompting;
using Pipeline.Models;
using Pipeline.Models.Blip2;
using Pipeline.Models.Clip;
using Pipeline.Models.LlavaNext;
using Pipeline.Models.Tokenizers;
using Pipeline.Stages.Captioning;
using Pipeline.Stages.Core;
using Pipeline.Stages.Editing;
using Pipeline.Stages.Inversion;
using Pipeline.Stages.Pictures;
using Pipeline.Stages.Prompting;
using Pipeline.Stages.Scoring;
using static TorchSharp.torch;

namespace Pipeline.Stages.Modelling;

/// <summary>
/// The five stages over the models of a folder. Nothing is loaded before it is needed, and every model is loaded and used on the compute thread. Without a multimodal model the prompts
/// come from job lines, captioner and templates; without CLIP, DINO, LPIPS or a classifier the metrics that need them are left out.
/// </summary>
public sealed class StageCatalog : IDisposable
{
    private readonly StageCatalogOptions options;
    private readonly ModelDirectory folder;
    private readonly ModelDigests digests;
    private readonly StoredPictures pictures;
    private readonly ModelSlot<IDiffusionModel> diffusion;
    private readonly ModelSlot<IDiffusionModel>? instruct;
    private readonly ModelSlot<LlavaNextModel>? mllm;
    private readonly ModelSlot<Blip2Model>? captioner;
    private readonly ModelSlot<ClipEmbedder>? clip;
    private readonly ModelSlot<StructureModel>? structure;
    private readonly EditModels models;
    private readonly ModelSlot<PerceptualMetrics>? perceptual;
    private readonly ModelSlot<EmotionClassifier>? emotions;
    private readonly EditWork edit;
    private readonly RemoteGrounder? grounder;
    private ModelSlot<IEmotionPrompter>? prompter;
    private readonly ScoreWork score;

    /// <summary>Looks into the folder.</summary>
    /// <param name="options">Where the models are and how to use them.</param>
    /// <exception cref="ModelFormatException">The folder has no diffusion model, or more than one model of a kind.</exception>
    public StageCatalog(StageCatalogOptions options)
        : this(options, DiffusionFolder.Load)
    {
    }

    /// <summary>Looks into the folder, with another way to load the diffusion model.</summary>
    /// <param name="options">Where the models are and how to use them.</param>
    /// <param name="loadDiffusion">Loads the diffusion model of a folder.</param>
    /// <exception cref="ModelFormatException">The folder has no diffusion model, or more than one model of a kind.</exception>
    public StageCatalog(StageCatalogOptions options, Func<string, Device, IDiffusionModel> loadDiffusion)
    {
        this.options = options;
        folder = ModelDirectory.Open(options.Models);
        digests = new ModelDigests(options.DigestCache);
        pictures = new StoredPictures(options.Limits);
        Device device = options.Device;
        string diffusionPath = folder.Require(ComponentKind.Diffusion).Path;
        diffusion = new ModelSlot<IDiffusionModel>(() => loadDiffusion(diffusionPath, device));
        instruct = Slot(ComponentKind.Instruct, path => loadDiffusion(path, device));
        mllm = Slot(ComponentKind.Mllm, path => LlavaNextModel.Load(path, device));
        captioner = Slot(ComponentKind.Captioner, path => Blip2Model.Load(path, device));
        clip = Slot(ComponentKind.Clip, path => ClipEmbedder.Load(path, device));
        structure = Slot(ComponentKind.Dino, path => StructureModel.Load(path, device));
        models = new EditModels(() => diffusion.Value)
        {
            InstructSource = instruct is null ? null : () => instruct.Value,
            ImageTokenSource = clip is null ? null : picture => clip.Value.ImageTokens(picture),
        };
        grounder = options.Grounder is { } named ? new RemoteGrounder(named) : null;
        edit = new EditWork(models, options.Methods, clip is null ? null : new EmotionPresence(clip));
        perceptual = Slot(ComponentKind.Lpips, path => PerceptualMetrics.Load(path, device));
        emotions = Slot(ComponentKind.Classifier, path => EmotionClassifier.Load(path, device));
        score = new ScoreWork(clip, structure, perceptual, emotions);
    }

    /// <summary>Stages that this folder can run, in order; <c>caption</c> needs a captioner.</summary>
    public IReadOnlyList<StageRunner> Stages()
    {
        var stages = new List<StageRunner>
        {
            StageRunner.Create(Prompt()),
            StageRunner.Create(new InvertStage(new InvertWork(models, options.Methods), options.Methods, Digests(("diffusion", ComponentKind.Diffusion)), pictures, DigestOf)),
            StageRunner.Create(new EditStage(edit, options.Methods, Digests(("diffusion", ComponentKind.Diffusion)), pictures, DigestOf)),
        };
        if (captioner is not null)
        {
            stages.Add(StageRunner.Create(new CaptionStage(new CaptionWork(captioner), options.Captions, Digests(("captioner", ComponentKind.Captioner)), pictures)));
        }

        stages.Add(StageRunner.Create(new ScoreStage(score, Digests(("clip", ComponentKind.Clip), ("dino", ComponentKind.Dino), ("lpips", ComponentKind.Lpips), ("classifier", ComponentKind.Classifier)), pictures)));
        return stages;
    }

    /// <summary>
    /// Loads the models of some stages and takes a small picture through the autoencoder, so that no message waits for files, memory or kernels. Only on the thread that computes; again it
    /// costs next to nothing.
    /// </summary>
    public void WarmUp(IReadOnlyCollection<string> stages)
    {
        if (stages.Contains(StageNames.Prompt))
        {
            _ = (prompter?.Value, mllm?.Value);
        }

        if (stages.Contains(StageNames.Invert) || stages.Contains(StageNames.Edit))
        {
            _ = instruct?.Value;
            using var scope = NewDisposeScope();
            using var noGradients = no_grad();
            int side = 8 * diffusion.Value.LatentFactor;
            _ = diffusion.Value.DecodeLatent(diffusion.Value.EncodeImage(zeros([1, 3, side, side], float32, options.Device))); // [1, 3, side, side]
        }

        if (stages.Contains(StageNames.Caption))
        {
            _ = captioner?.Value;
        }

        if (stages.Contains(StageNames.Score))
        {
            _ = (clip?.Value, structure?.Value, perceptual?.Value, emotions?.Value);
        }
    }

    /// <summary>Frees all models. Not before the run that uses them has ended.</summary>
    public void Dispose()
    {
        edit.Dispose();
        grounder?.Dispose();
        score.Dispose();
        diffusion.Dispose();
        instruct?.Dispose();
        mllm?.Dispose();
        captioner?.Dispose();
        clip?.Dispose();
        structure?.Dispose();
        perceptual?.Dispose();
        emotions?.Dispose();
    }

    private PromptStage Prompt()
    {
        string tokenizerFolder = Path.Combine(folder.Require(ComponentKind.Diffusion).Path, "tokenizer");
        var models = new Dictionary<string, string>(Digests(("mllm", ComponentKind.Mllm), ("captioner", ComponentKind.Captioner))) { ["tokenizer"] = digests.Of(tokenizerFolder) };
        PromptOptions assembling = options.Assembling with { TokenBudget = TokenBudget() };
        var key = new JsonObject
        {
            ["ask"] = JsonSerializer.SerializeToNode(options.Prompter, ContractJson.Options), ["map"] = JsonSerializer.SerializeToNode(options.Maps, ContractJson.Options),
            ["prompt"] = JsonSerializer.SerializeToNode(assembling, ContractJson.Options), ["mapLongSide"] = options.MapLongSide,
        };
        if (options.Grounder is { } service)
        {
            key["grounder"] = new JsonObject { ["endpoint"] = service.Endpoint, ["modelVersion"] = service.ModelVersion };
        }

        prompter = new ModelSlot<IEmotionPrompter>(() =>
        {
            ClipTokenizer tokenizer = TokenizerLoader.LoadClip(tokenizerFolder);
            var assembler = new PromptAssembler(text => tokenizer.Encode(text).Count - 2, assembling); // without start and end token
            Func<RgbImage, string>? describe = captioner is null ? null : picture => captioner.Value.Caption(picture);
            var step = new MllmPrompter(
                mllm is null ? null : new LlavaNextQuestioner(mllm.Value), describe, grounder, assembler, new StimulusMapBuilder(options.Maps), DomainHints.Default, options.Prompter);
            return new MllmEmotionPrompter(step, options.MapLongSide);
        });
        return new PromptStage(new PromptWork(prompter), new PromptStageOptions { AskingKey = key }, models, pictures);
    }

    private string? DigestOf(ComponentKind kind) => folder.Find(kind) is { } component ? digests.Of(component.Path) : null;

    // Positions of the text encoder without start and end token.
    private int TokenBudget() =>
        ClipTextConfig.Read(Path.Combine(folder.Require(ComponentKind.Diffusion).Path, "text_encoder")).Positions - 2;

    private ModelSlot<T>? Slot<T>(ComponentKind kind, Func<string, T> load)
        where T : class
    {
        string? path = folder.Find(kind) is null ? null : folder.Require(kind).Path;
        return path is null ? null : new ModelSlot<T>(() => load(path));
    }

    private Dictionary<string, string> Digests(params (string Role, ComponentKind Kind)[] roles) =>
        roles.Where(r => folder.Find(r.Kind) is not null).ToDictionary(r => r.Role, r => digests.Of(folder.Require(r.Kind).Path));
}
