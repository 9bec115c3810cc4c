using System.Text;
using Pipeline.Imaging;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.Layers;
using Pipeline.Models.Tokenizers;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>
/// CLIP by contrast (Radford et al. 2021, arXiv 2103.00020, section 2.3). Of the world, a sample is a scene, and gives a group of re-renders that differ in one word
/// (<see cref="SceneVariants"/>): random batches are won by place and sky alone, and objects would be learnt last. Of a manifest, a sample is a picture with one of its captions. Two captions of the same words are not each other's negatives.
/// </summary>
public sealed class ClipTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "clip";

    private const double LargestScale = 100;    // of the logits, as in the paper
    private const int ScoreBatch = 32;
    private const ulong LengthPurpose = 73;

    private readonly TrainingConfig _config;
    private readonly ClipOptions _options;
    private readonly ClipInputs _inputs;
    private readonly ManifestData? _manifest;
    private readonly int _side, _positions;
    private readonly ClipModel _network;

    /// <summary>Start weights come from the base model <c>clip</c> where the configuration names one, else from its seed.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">The model section is not a CLIP, or the base model is none of its shape.</exception>
    /// <exception cref="TrainingException">The model section does not fit the world's tokenizer, the batch is to be divided, or a setting is out of range.</exception>
    public ClipTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        (_config, _options) = (config, config.TaskOptions<ClipOptions>());
        _inputs = new ClipInputs(config.Data.Manifest is not null && config.Base?.ContainsKey(System) == true ? config.BaseFolder(System) : null);
        ClipConfig model = ClipConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model"));
        int words = _inputs.Tokenizer.VocabularySize;
        if (model.Text.Vocabulary != words || model.Text.EndToken != words - 1)
        {
            throw new TrainingException($"model.text_config: vocab_size must be {words} and eos_token_id {words - 1}, as the tokenizer has it");
        }

        if (config.MicroBatch != 0 || config.Shards != 0)
        {
            throw new TrainingException("microBatch and shards must be 0: contrast needs the whole batch at once");
        }

        if (!(_options.LongShare is >= 0 and <= 1))
        {
            throw new TrainingException("task.longShare must lie in 0..1");
        }

        (_side, _positions) = (model.Vision.ImageSize, model.Text.Positions);
        _manifest = config.Data.Manifest is null ? null : ManifestData.Open(config, _side, ManifestNeeds.Caption);
        if (_manifest is not null && _manifest.Side != _side)
        {
            throw new TrainingException($"data.pictures.side is {_manifest.Side}, the model's image_size {_side}: leave the one out, or make them equal");
        }

        _network = Start(model);
        if (_options.LockImage)
        {
            foreach ((_, TorchSharp.Modules.Parameter parameter) in _network.named_parameters().Where(p => p.name.StartsWith("vision_model.", StringComparison.Ordinal) || p.name.StartsWith("visual_projection.", StringComparison.Ordinal)))
            {
                parameter.requires_grad = false;
            }
        }
    }

    /// <inheritdoc />
    public string Stage => _options.LockImage ? "locked-image" : "contrast";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public ITrainingData? Data => _manifest;

    /// <inheritdoc />
    public IReadOnlyList<string> Notes => _manifest is null ? [] :
        ["groups of re-renders that differ in one word, and the figures of single words, are left out: only scenes of the world have them"];

    /// <inheritdoc />
    public string ScoreName => "retrieval@1 (%)";

    /// <inheritdoc />
    public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws)
    {
        if (_manifest is null)
        {
            (List<Scene> scenes, List<string> said) = SceneGroups.Of(_config.Data, samples, _options.LongShare, draws);
            RgbImage[] rendered = [.. scenes.Select(s => SceneRenderer.Render(s).Image)];
            return _ => Loss(rendered, said);
        }

        IReadOnlyList<(int Number, RgbImage Image)> pictures = _manifest.Training.Read(samples);
        string[] captions = [.. pictures.Select((p, i) => Caption(_manifest.Lines, p.Number, SampleDraw.Of(_config.Seed, p.Number, samples[i].Epoch)))];
        return _ => Loss([.. pictures.Select(p => p.Image)], captions);
    }

    /// <summary>Of scenes, one for each group.</summary>
    public int DrawsOf(int samples) => _manifest is null ? samples : 0;

    private LossTerms Loss(IReadOnlyList<RgbImage> pictures, IReadOnlyList<string> captions)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = EmbedPictures(pictures), texts = EmbedTexts(captions);                      // [N, projection]
        Tensor logits = images.matmul(texts.transpose(0, 1)) * _network.LogitScale.exp().clamp_max(LargestScale);
        Tensor penalty = SameWords.Penalty(captions).to(_config.Device);                            // [images, texts]
        Tensor byImage = ContrastiveLoss.OneWay(logits, penalty), byText = ContrastiveLoss.OneWay(logits.transpose(0, 1), penalty.transpose(0, 1));
        Tensor total = (byImage + byText) * 0.5;
        return new LossTerms(total.MoveToOuterDisposeScope(), [("image_to_text", LossTerms.Part(byImage)), ("text_to_image", LossTerms.Part(byText))]);
    }

    /// <summary>Share of held-out pictures whose nearest caption, and of captions whose nearest picture, is their own or one of the same words; in per cent.</summary>
    public double Score() => _manifest is null ? Retrieval((Scene scene) => SceneCaption.Short(scene)) : Retrieval(line => line.Captions[0]);

    private double Retrieval(Func<Scene, string> caption) => Retrieval(HeldOut(), s => SceneRenderer.Render(s).Image, caption);

    private double Retrieval(Func<ManifestLine, string?> caption)
    {
        (RgbImage Image, string Caption)[] pairs =
        [
            .. _manifest!.HeldOut.Read(0, _manifest.HeldOut.Count).Select(p => (p.Image, caption(_manifest.HeldOutLines.Line(p.Number)))).Where(p => p.Item2 is not null).Select(p => (p.Image, p.Item2!)),
        ];
        return pairs.Length == 0 ? double.NaN : Retrieval(pairs, p => p.Image, p => p.Caption);
    }

    private double Retrieval<T>(IReadOnlyList<T> items, Func<T, RgbImage> picture, Func<T, string> caption)
    {
        _network.eval();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        string[] captions = [.. items.Select(caption)];
        Tensor images = cat(items.Chunk(ScoreBatch).Select(part => EmbedPictures([.. part.Select(picture)])).ToArray(), 0), texts = cat(captions.Chunk(ScoreBatch).Select(EmbedTexts).ToArray(), 0);
        Tensor cosines = images.matmul(texts.transpose(0, 1)).cpu();
        (double byPicture, double byCaption) = RetrievalRecall.Of(cosines, captions, 1);
        return (byPicture + byCaption) / 2;
    }

    /// <summary>Of scenes, accuracies of single words (see <see cref="WordAccuracy"/>); retrieval by long captions.</summary>
    public IReadOnlyList<(string Name, double Value)> Details()
    {
        const string Long = "retrieval@1 by long captions (%)";
        if (_manifest is not null)
        {
            return Retrieval(line => line.LongCaption) is var found && double.IsNaN(found) ? [] : [(Long, found)];
        }

        _network.eval();
        using IDisposable recording = no_grad();
        Scene[] scenes = HeldOut();
        (Scene Scene, ulong Number)[] numbered = [.. scenes.Select((s, i) => (s, (ulong)i))];
        return [.. WordAccuracy.Measure(scenes, EmbedImages, EmbedTexts), (Long, Retrieval(numbered, s => SceneRenderer.Render(s.Scene).Image, s => LongCaption.Of(s.Scene, s.Number)))];
    }

    /// <summary>Writes a folder that <see cref="ClipEmbedder"/> loads: configuration, weights, tokenizer and image settings.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Transformers + ".safetensors"), _network.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), metadata);
        File.WriteAllText(Path.Combine(folder, "config.json"), _config.Model.GetRawText());
        _inputs.Write(folder, _side);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _network.Dispose();
        _manifest?.Dispose();
    }

    private ClipModel Start(ClipConfig model)
    {
        if (_config.Base?.ContainsKey(System) != true)
        {
            return _options.LockImage ? throw new TrainingException($"task.lockImage: needs a trained model to lock: give --base {System}=DIR") : new ClipModel(new RandomWeights(_config.Seed, _config.Device, trainable: true), model);
        }

        using CheckpointWeights weights = CheckpointDirectory.Open(_config.BaseFolder(System), CheckpointDirectory.Transformers, new WeightOptions(_config.Device, Trainable: true));
        return new ClipModel(weights, model);
    }

    private Scene[] HeldOut() => [.. Enumerable.Range(0, _config.Data.HeldOut).Select(i => Scene.Sample(_config.Data.FirstHeldOut + (ulong)i))];

    /// <summary>A short or, in its share, the long caption of a picture.</summary>
    private string Caption(ManifestSet lines, int number, ulong draw) =>
        new SeededRandom(draw, LengthPurpose).Chance((float)_options.LongShare) && lines.Line(number).LongCaption is { } caption ? caption : lines.Caption(number, draw);

    private Tensor EmbedImages(IReadOnlyList<Scene> scenes) => EmbedPictures([.. scenes.Select(s => SceneRenderer.Render(s).Image)]);

    private Tensor EmbedPictures(IReadOnlyList<RgbImage> pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = TrainingData.Pixels(pictures, _config.Device);                              // [N, 3, side, side]
        return _network.EmbedImage(_inputs.Scaled(pixels)).MoveToOuterDisposeScope();
    }

    private Tensor EmbedTexts(IReadOnlyList<string> captions)
    {
        // Padded to the longest only: attention is causal and the end token is pooled, so what follows it does not count.
        using DisposeScope scope = NewDisposeScope();
        TokenBatch batch = TokenBatch.Pad([.. captions.Select(c => _inputs.Encode(c, _positions))], _inputs.Tokenizer.VocabularySize - 1, PaddingSide.Right);
        return _network.EmbedText(batch.IdsTensor(_config.Device), batch.MaskTensor(_config.Device)).MoveToOuterDisposeScope();
    }
}
