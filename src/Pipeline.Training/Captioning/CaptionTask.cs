using System.Text;
using Pipeline.Imaging;
using Pipeline.Models.Blip2;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Layers;
using Pipeline.Training.Data;
using Pipeline.Training.Language;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Captioning;

/// <summary>BLIP-2: tower, Q-Former and OPT together learn the short caption of scenes with all its parts, or the captions of a manifest. The loss is the cross-entropy of the caption's tokens.</summary>
public sealed class CaptionTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "captioner";

    /// <summary>Role of the CLIP whose image tower this one starts from; without it the tower starts at random.</summary>
    public const string ClipRole = "clip";

    private const int ScoreBatch = 32;
    private const int Beams = 4;

    private readonly TrainingConfig _config;
    private readonly Blip2Network _network;
    private readonly ITrainingData _data;
    private readonly int _side, _longest;
    private IReadOnlyList<(string Name, double Value)> _figures = [];

    /// <summary>Start weights come from the configuration's seed and the base model.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">The model section is not a BLIP-2, or the base model does not fit it.</exception>
    /// <exception cref="TrainingException">The model section does not fit the world's tokenizer or pictures.</exception>
    public CaptionTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _config = config;
        Blip2Config model = Blip2Config.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model"));
        if (model.Opt?.Vocabulary != CaptionTokenizer.Shared.VocabularySize || (config.Data.Manifest is null && model.Vision.ImageSize != Canvas.Side))
        {
            throw new TrainingException($"model: text_config must be an OPT with vocab_size {CaptionTokenizer.Shared.VocabularySize} and vision_config have image_size {Canvas.Side}, as the world has it");
        }

        (_side, _longest) = (model.Vision.ImageSize, model.Opt.Positions - model.Queries - 1);
        _data = config.Data.Manifest is null ? new SceneData(config.Data) : ManifestData.Open(config, _side, ManifestNeeds.Caption);
        if (_data.Side != _side)
        {
            throw new TrainingException($"data.pictures.side is {_data.Side}, the model's image_size {_side}: leave the one out, or make them equal");
        }

        RandomWeights fresh = new(config.Seed, config.Device, trainable: true);
        if (config.Base?.ContainsKey(ClipRole) == true)
        {
            using ClipTower tower = new(config.BaseFolder(ClipRole), _data.Training);
            _network = new Blip2Network(new GraftedWeights(fresh, tower.Take), model);
        }
        else
        {
            _network = new Blip2Network(fresh, model);
        }
    }

    /// <inheritdoc />
    public string Stage => "captions";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public ITrainingData Data => _data;

    /// <inheritdoc />
    public string ScoreName => _data is ManifestData ? "words in common with a caption (F1, %)" : CaptionScore.All;

    /// <inheritdoc />
    public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws)
    {
        IReadOnlyList<(int Number, RgbImage)> pictures = _data.Training.Read(samples);
        int[][] texts = [.. pictures.Select((p, i) => TextOf(_data.Training.Caption(p.Number, SampleDraw.Of(_config.Seed, p.Number, samples[i].Epoch))))];
        return _ => Loss(pictures, texts);
    }

    /// <param name="pictures">The pictures.</param>
    /// <param name="texts">Of each: start token, words, end token.</param>
    private LossTerms Loss(IReadOnlyList<(int, RgbImage)> pictures, int[][] texts)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor image = _network.Look(pictures.Pixels(_config.Device));                                                                // [B, Q, width]
        int length = texts.Max(t => t.Length) - 1;
        long pad = CaptionTokenizer.Shared.PadId ?? 1;
        long[] read = [.. texts.SelectMany(t => Enumerable.Range(0, length).Select(i => i < t.Length - 1 ? t[i] : pad))];
        Tensor ids = tensor(read, [texts.Length, length], ScalarType.Int64).to(_config.Device);
        // What follows an end is read by nobody before it, so it needs no mask.
        Tensor logits = _network.LanguageModel.Logits(image, ids, ones_like(ids), null, null).narrow(1, image.shape[1], length);
        (long Place, long Word)[] written = [.. texts.SelectMany((t, row) => Enumerable.Range(0, t.Length - 1).Select(i => ((row * (long)length) + i, (long)t[i + 1])))];
        Tensor own = logits.reshape(-1, logits.shape[2]).index_select(0, tensor(written.Select(w => w.Place).ToArray(), ScalarType.Int64).to(_config.Device));
        Tensor loss = nn.functional.cross_entropy(own, tensor(written.Select(w => w.Word).ToArray(), ScalarType.Int64).to(_config.Device));
        return new LossTerms(loss.MoveToOuterDisposeScope(), []);
    }

    /// <summary>Of a manifest, words that captions have in common with those of held-out pictures. Of scenes, share of held-out pictures whose caption, written greedily as the caption stage does, is right word for word, in per cent; attributes and beam search are in <see cref="Details"/>.</summary>
    public double Score()
    {
        string folder = Directory.CreateTempSubdirectory("moodpipe-captioner-").FullName;
        try
        {
            Export(folder, new Dictionary<string, string>());
            using Blip2Model model = Blip2Model.Load(folder, _config.Device);
            _figures = _data is ManifestData manifest ? OnPictures(model, manifest) : OnScenes(model);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        return _figures[0].Value;
    }

    private IReadOnlyList<(string Name, double Value)> OnScenes(Blip2Model model)
    {
        Scene[] scenes = [.. Enumerable.Range(0, _config.Data.HeldOut).Select(i => Scene.Sample(_config.Data.FirstHeldOut + (ulong)i))];
        string[] Write(CaptionOptions options) => [.. scenes.Chunk(ScoreBatch).SelectMany(part => model.Captions([.. part.Select(s => SceneRenderer.Render(s).Image)], null, options))];
        double beam = CaptionScore.Measure(scenes, Write(new CaptionOptions { Beams = Beams }))[0].Value;
        return [.. CaptionScore.Measure(scenes, Write(new CaptionOptions())), ($"all attributes right, {Beams} beams (%)", beam)];
    }

    private IReadOnlyList<(string Name, double Value)> OnPictures(Blip2Model model, ManifestData manifest)
    {
        double overlap = 0, right = 0;
        foreach (int[] part in Enumerable.Range(0, manifest.HeldOut.Count).Chunk(ScoreBatch))
        {
            IReadOnlyList<(int Number, RgbImage Image)> pictures = manifest.HeldOut.Read(part[0], part.Length);
            foreach ((string caption, IReadOnlyList<string> wanted) in model.Captions([.. pictures.Select(p => p.Image)], null, new CaptionOptions()).Zip(pictures.Select(p => manifest.HeldOutLines.Line(p.Number).Captions)))
            {
                overlap += WordOverlap.Of(caption, wanted);
                right += wanted.Contains(caption, StringComparer.Ordinal) ? 1 : 0;
            }
        }

        return [(ScoreName, 100 * overlap / manifest.HeldOut.Count), ("captions right word for word (%)", 100 * right / manifest.HeldOut.Count)];
    }

    /// <inheritdoc />
    public IReadOnlyList<(string Name, double Value)> Details() => [.. _figures.Skip(1)];

    /// <summary>Writes a folder that <see cref="Blip2Model"/> loads: configuration, weights, tokenizer, image and generation settings.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Transformers + ".safetensors"), _network.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), metadata);
        File.WriteAllText(Path.Combine(folder, "config.json"), _config.Model.GetRawText());
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), PictureProcessor.Blip(_side));
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), CaptionRecipes.Generation);
        CaptionTokenizer.Write(folder);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _network.Dispose();
        _data.Dispose();
    }

    private int[] TextOf(string caption) => [.. CaptionTokenizer.Shared.Encode(caption).Take(_longest), CaptionTokenizer.Shared.EndId!.Value];
}
