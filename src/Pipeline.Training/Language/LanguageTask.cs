using System.Text;
using Pipeline.Imaging;
using Pipeline.Imaging.Resampling;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Models.LlavaNext;
using Pipeline.Models.Preprocessing;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Language;

/// <summary>
/// LLaVA-NeXT on pictures of the world: both questions of the prompting step, word for word, with answers that follow from the renderer. The loss is the cross-entropy of the answers'
/// tokens, a mean for each question, plus, weighted, that between where words look in the middle layers (what the stimulus map reads) and what they name.
/// </summary>
public sealed class LanguageTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "mllm";

    /// <summary>Role of the CLIP whose image tower this one starts from; without it the tower starts at random.</summary>
    public const string ClipRole = "clip";

    private const string Tower = "vision_tower.";
    private const int Side = 64;
    private static readonly (int Height, int Width)[] s_shapes = [(64, 96), (96, 64), (64, 128), (128, 64), (64, 80), (80, 64)];

    private readonly TrainingConfig _config;
    private readonly LanguageOptions _options;
    private readonly LlavaNextConfig _model;
    private readonly LlavaNextNetwork _network;
    private readonly LlavaNextImageProcessor _processor;
    private IReadOnlyList<(string Name, double Value)> _figures = [];

    /// <summary>Start weights come from the configuration's seed and the base model.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">The model section is not a LLaVA-NeXT, or the base model does not fit it.</exception>
    /// <exception cref="TrainingException">The model section does not fit the world's tokenizer or pictures.</exception>
    public LanguageTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.RequireScenes();
        (_config, _options) = (config, config.TaskOptions<LanguageOptions>());
        _model = LlavaNextConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model"));
        Check();
        RandomWeights fresh = new(config.Seed, config.Device, trainable: true);
        if (config.Base?.ContainsKey(ClipRole) == true)
        {
            using CheckpointWeights clip = CheckpointDirectory.Open(config.BaseFolder(ClipRole), CheckpointDirectory.Transformers);
            _network = new LlavaNextNetwork(
                new GraftedWeights(fresh, (name, shape) => name.StartsWith(Tower, StringComparison.Ordinal) ? clip.Take(name[Tower.Length..], shape, Init.Zeros) : null), _model);
        }
        else
        {
            _network = new LlavaNextNetwork(fresh, _model);
        }

        Freeze();
        _processor = InTemporaryFolder(folder =>
        {
            File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), PictureProcessor.LlavaNext(Side, LanguageRecipes.Canvases));
            return LlavaNextImageProcessor.FromDirectory(folder);
        });
    }

    /// <inheritdoc />
    public string Stage => "instruction";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public string ScoreName => "all objects right (%)";

    /// <inheritdoc />
    public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws)
    {
        LanguageSample[] batch = [.. samples.Select((s, i) => LanguageSample.Of(Scene.Sample(_config.Data.FirstScene + (ulong)s.Number), (ulong)draws[i], _options.Hints))];
        return _ => Loss(batch, ShapeOf((ulong)draws[samples.Count]));
    }

    /// <summary>One for each sample, and one for the batch's shape.</summary>
    public int DrawsOf(int samples) => samples + 1;

    private LossTerms Loss(LanguageSample[] batch, (int Height, int Width) shape)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor images = Look([.. batch.Select(s => s.Picture.Image)], shape);                                  // [B, n, width]
        return Loss(LanguageBatch.Of(batch, (int)images.shape[1], _model.Vision.Grid, _config.Device), images);
    }

    /// <summary>Share of held-out pictures whose objects the answer to the scene question all names, in per cent; the other figures are in <see cref="Details"/>.</summary>
    public double Score()
    {
        _figures = InTemporaryFolder(folder =>
        {
            Export(folder, new Dictionary<string, string>());
            using LlavaNextModel model = LlavaNextModel.Load(folder, _config.Device);
            return LanguageScore.Measure(model, [.. Enumerable.Range(0, _config.Data.HeldOut).Select(i => Scene.Sample(_config.Data.FirstHeldOut + (ulong)i))]);
        });
        return _figures.First(f => f.Name == ScoreName).Value;
    }

    /// <inheritdoc />
    public IReadOnlyList<(string Name, double Value)> Details() => [.. _figures.Where(f => f.Name != ScoreName)];

    /// <summary>Writes a folder that <see cref="LlavaNextModel"/> loads: configuration, weights, tokenizer, image and generation settings.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Transformers + ".safetensors"), _network.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), metadata);
        File.WriteAllText(Path.Combine(folder, "config.json"), _config.Model.GetRawText());
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), PictureProcessor.LlavaNext(Side, LanguageRecipes.Canvases));
        File.WriteAllText(
            Path.Combine(folder, "generation_config.json"),
            FormattableString.Invariant($"{{\n  \"bos_token_id\": 1,\n  \"eos_token_id\": {LanguageTokenizer.Shared.EndId},\n  \"pad_token_id\": {LanguageTokenizer.PadToken}\n}}\n"));
        LanguageTokenizer.Write(folder);
    }

    /// <inheritdoc />
    public void Dispose() => _network.Dispose();

    private static T InTemporaryFolder<T>(Func<string, T> action)
    {
        string folder = Directory.CreateTempSubdirectory("moodpipe-mllm-").FullName;
        try
        {
            return action(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Check()
    {
        if (_model.Text.Vocabulary != LanguageTokenizer.PadToken + 1 || _model.ImageToken != LanguageTokenizer.ImageToken || _model.Text.Kind != QuestionPieces.Kind)
        {
            throw new TrainingException(
                $"model: text_config must be of kind {QuestionPieces.Kind} with vocab_size {LanguageTokenizer.PadToken + 1} and image_token_index {LanguageTokenizer.ImageToken}, as the world's tokenizer has it");
        }

        if (_model.Vision.ImageSize != Side)
        {
            throw new TrainingException($"model.vision_config: image_size must be {Side}, the world's");
        }
    }

    /// <summary>The norm behind the tower is not used by this model, and the first layers may stay as they are.</summary>
    private void Freeze()
    {
        const string Inside = Tower + "vision_model.";
        string[] frozen = [.. Enumerable.Range(0, _options.FrozenLayers).Select(i => $"{Inside}encoder.layers.{i}.")];
        frozen = [Inside + "post_layernorm.", .. frozen.Length == 0 ? frozen : [.. frozen, Inside + "embeddings.", Inside + "pre_layrnorm."]];
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in _network.named_parameters())
        {
            if (Array.Exists(frozen, f => name.StartsWith(f, StringComparison.Ordinal)))
            {
                parameter.requires_grad = false;
            }
        }
    }

    private (int Height, int Width) ShapeOf(ulong draw)
    {
        SeededRandom random = new(draw, 53);
        return random.Unit() < _options.OtherShapes ? s_shapes[random.Below(s_shapes.Length)] : (Side, Side);
    }

    /// <summary>Image vectors [B, n, width] of pictures that are stretched to a shape.</summary>
    private Tensor Look(IReadOnlyList<RgbImage> pictures, (int Height, int Width) shape)
    {
        using DisposeScope scope = NewDisposeScope();
        if (shape == (Side, Side))
        {
            // Whole picture and single tile are the same pixels: the tower sees them once.
            Tensor once = _network.TileFeatures(ImageTensors.ToTensor(pictures, PixelRange.SignedUnit).to(_config.Device));         // [B, g², width]
            return stack([.. Enumerable.Range(0, pictures.Count).Select(i => _network.Pack(stack([once[i], once[i]], 0), Side, Side))], 0).MoveToOuterDisposeScope();
        }

        Tensor[] tiles = [.. pictures.Select(p => _processor.Process(PillowResize.Resize(p, shape.Width, shape.Height)))];
        Tensor features = _network.TileFeatures(cat(tiles, 0).to(_config.Device));                                                  // [B·(1+T), g², width]
        long each = tiles[0].shape[0];
        return stack([.. tiles.Select((_, i) => _network.Pack(features.narrow(0, i * each, each), shape.Height, shape.Width))], 0).MoveToOuterDisposeScope();
    }

    private LossTerms Loss(LanguageBatch batch, Tensor images)
    {
        LlamaForCausalLM decoder = _network.Decoder;
        int layers = _model.Text.Layers, first = layers / 3, last = Math.Max(first + 1, 2 * layers / 3) - 1;     // as the stimulus map reads them
        using AttentionTrace trace = new(first, last)
        {
            Queries = [.. Enumerable.Range(batch.Prefix, batch.Tail).Select(i => (long)i)],
            KeyStart = batch.Before.Count,
            KeyCount = _model.Vision.Grid * _model.Vision.Grid,
        };
        Tensor before = decoder.Embed(tensor(batch.Before.Select(id => (long)id).ToArray(), ScalarType.Int64).to(_config.Device)).unsqueeze(0).expand(images.shape[0], -1, -1);
        Tensor embeddings = cat([before, images, decoder.Embed(batch.Ids)], 1);                                  // [B, L, width]
        bool watches = _options.Attention > 0 && batch.LookCount > 0;
        Tensor state = decoder.ForwardBranches(embeddings, batch.Positions, batch.Visible, watches ? trace : null).view(-1, _model.Text.Hidden);
        Tensor scene = Entropy(state, batch.Scenes), emotion = Entropy(state, batch.Emotions);
        Tensor total = scene + emotion;
        List<(string, Tensor)> parts = [("scene", LossTerms.Part(scene)), ("emotion", LossTerms.Part(emotion))];
        if (watches)
        {
            Tensor rows = trace.Mean();                                                                          // [B, tail, g²]
            Tensor shares = rows / (rows.sum([-1], true) + 1e-6);
            Tensor attention = (batch.Looks * (shares + 1e-6).log()).sum() * (-1.0 / batch.LookCount);
            total = total + (attention * _options.Attention);
            parts.Add(("attention", LossTerms.Part(attention)));
        }

        return new LossTerms(total.MoveToOuterDisposeScope(), parts);
    }

    private Tensor Entropy(Tensor state, (Tensor Queries, Tensor Targets) answers) =>
        nn.functional.cross_entropy(_network.Decoder.Logits(state.index_select(0, answers.Queries)), answers.Targets);
}
