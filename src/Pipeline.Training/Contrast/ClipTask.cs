using System.Text;
using Pipeline.Imaging.Tensors;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.Layers;
using Pipeline.Models.Tokenizers;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>
/// CLIP by contrast (Radford et al. 2021, arXiv 2103.00020, section 2.3) on pictures of the world. A sample is a scene, and gives a group of re-renders that differ in one word
/// (<see cref="SceneVariants"/>): random batches are won by place and sky alone, and objects would be learnt last. Two captions of the same words are not each other's negatives.
/// </summary>
public sealed class ClipTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "clip";

    private const double LargestScale = 100;    // of the logits, as in the paper
    private const double Forbidden = -1e4;
    private const int ScoreBatch = 32;
    private const ulong LengthPurpose = 43;

    private readonly TrainingConfig _config;
    private readonly ClipOptions _options;
    private readonly ClipTokenizer _tokenizer;
    private readonly ClipModel _network;

    /// <summary>Start weights come from the base model <c>clip</c> where the configuration names one, else from its seed.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">The model section is not a CLIP, or the base model is none of its shape.</exception>
    /// <exception cref="TrainingException">The model section does not fit the world's tokenizer, the batch is to be divided, or a setting is out of range.</exception>
    public ClipTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        (_config, _options, _tokenizer) = (config, config.TaskOptions<ClipOptions>(), WorldTokenizer.Clip);
        ClipConfig model = ClipConfig.From(ModelConfig.Parse(Encoding.UTF8.GetBytes(config.Model.GetRawText()), "model"));
        if (model.Text.Vocabulary != _tokenizer.VocabularySize || model.Text.EndToken != _tokenizer.VocabularySize - 1)
        {
            throw new TrainingException($"model.text_config: vocab_size must be {_tokenizer.VocabularySize} and eos_token_id {_tokenizer.VocabularySize - 1}, as the world's tokenizer has it");
        }

        if (config.MicroBatch != 0)
        {
            throw new TrainingException("microBatch must be 0: contrast needs the whole batch at once");
        }

        if (!(_options.LongShare is >= 0 and <= 1))
        {
            throw new TrainingException("task.longShare must lie in 0..1");
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
    public string ScoreName => "retrieval@1 (%)";

    /// <inheritdoc />
    public LossTerms Loss(IReadOnlyList<int> samples, Generator random)
    {
        ArgumentNullException.ThrowIfNull(samples);
        using DisposeScope scope = NewDisposeScope();
        (List<Scene> scenes, List<string> captions) = Batch(samples, random);
        Tensor images = EmbedImages(scenes), texts = EmbedTexts(captions);                          // [N, projection]
        Tensor logits = images.matmul(texts.transpose(0, 1)) * _network.LogitScale.exp().clamp_max(LargestScale);
        Tensor masked = logits + SameCaptions(captions).to(_config.Device);                                         // [images, texts]
        Tensor own = arange(captions.Count, ScalarType.Int64, _config.Device);
        Tensor byImage = nn.functional.cross_entropy(masked, own), byText = nn.functional.cross_entropy(masked.transpose(0, 1), own);
        Tensor total = (byImage + byText) * 0.5;
        return new LossTerms(total.MoveToOuterDisposeScope(), [("image_to_text", Keep(byImage)), ("text_to_image", Keep(byText))]);
    }

    /// <summary>Share of held-out pictures whose nearest caption, and of captions whose nearest picture, is their own or one of the same words; in per cent.</summary>
    public double Score() => Retrieval((s, _) => SceneCaption.Short(s));

    private double Retrieval(Func<Scene, int, string> caption)
    {
        _network.eval();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        Scene[] scenes = HeldOut();
        string[] captions = [.. scenes.Select(caption)];
        Tensor images = cat(scenes.Chunk(ScoreBatch).Select(EmbedImages).ToArray(), 0), texts = cat(captions.Chunk(ScoreBatch).Select(EmbedTexts).ToArray(), 0);
        Tensor cosines = images.matmul(texts.transpose(0, 1)).cpu();
        long[] nearestText = cosines.argmax(1).data<long>().ToArray(), nearestImage = cosines.argmax(0).data<long>().ToArray();
        int found = captions.Where((c, i) => captions[nearestText[i]] == c).Count() + captions.Where((c, i) => captions[nearestImage[i]] == c).Count();
        return 100.0 * found / (2 * captions.Length);
    }

    /// <summary>Accuracies of single words (see <see cref="WordAccuracy"/>).</summary>
    public IReadOnlyList<(string Name, double Value)> Details()
    {
        _network.eval();
        using IDisposable recording = no_grad();
        return [.. WordAccuracy.Measure(HeldOut(), EmbedImages, EmbedTexts), ("retrieval@1 by long captions (%)", Retrieval((s, i) => LongCaption.Of(s, (ulong)i)))];
    }

    /// <summary>Writes a folder that <see cref="ClipEmbedder"/> loads: configuration, weights, tokenizer and image settings.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Transformers + ".safetensors"), _network.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), metadata);
        File.WriteAllText(Path.Combine(folder, "config.json"), _config.Model.GetRawText());
        File.WriteAllText(Path.Combine(folder, "preprocessor_config.json"), ClipRecipes.Processor);
        WorldTokenizer.WriteClip(folder);
    }

    /// <inheritdoc />
    public void Dispose() => _network.Dispose();

    private ClipModel Start(ClipConfig model)
    {
        if (_config.Base?.ContainsKey(System) != true)
        {
            return _options.LockImage ? throw new TrainingException($"task.lockImage: needs a trained model to lock: give --base {System}=DIR") : new ClipModel(new RandomWeights(_config.Seed, _config.Device, trainable: true), model);
        }

        using CheckpointWeights weights = CheckpointDirectory.Open(_config.BaseFolder(System), CheckpointDirectory.Transformers, new WeightOptions(_config.Device, Trainable: true));
        return new ClipModel(weights, model);
    }

    private static Tensor Keep(Tensor value) => value.detach().MoveToOuterDisposeScope();

    private Scene[] HeldOut() => [.. Enumerable.Range(0, _config.Data.HeldOut).Select(i => Scene.Sample(_config.Data.FirstHeldOut + (ulong)i))];

    /// <summary>[N, N]: 0 where a pair counts, a large negative number where two different samples have one caption.</summary>
    private static Tensor SameCaptions(List<string> captions)
    {
        int count = captions.Count;
        float[] mask = new float[count * count];
        for (int i = 0; i < mask.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, count);
            mask[i] = row != column && captions[row] == captions[column] ? (float)Forbidden : 0;
        }

        return tensor(mask, [count, count]);
    }

    /// <summary>Groups of re-renders with captions that say the same parts within a group, so that what differs is said by all or by none.</summary>
    private (List<Scene> Scenes, List<string> Captions) Batch(IReadOnlyList<int> samples, Generator random)
    {
        using Tensor drawn = empty([samples.Count], ScalarType.Float64).uniform_(0, 1L << 52, random);
        double[] draws = drawn.data<double>().ToArray();
        List<Scene> scenes = [];
        List<string> captions = [];
        for (int i = 0; i < samples.Count; i++)
        {
            ulong draw = (ulong)draws[i];
            IReadOnlyList<Scene> group = SceneVariants.Of(Scene.Sample(_config.Data.FirstScene + (ulong)samples[i]), draw);
            scenes.AddRange(group);
            bool isLong = new SeededRandom(draw, LengthPurpose).Chance((float)_options.LongShare);
            captions.AddRange(group.Select(s => isLong ? LongCaption.Of(s, draw) : SceneCaption.Varied(s, draw)));
        }

        return (scenes, captions);
    }

    private Tensor EmbedImages(IReadOnlyList<Scene> scenes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pixels = WorldPictures.Render(scenes, PixelRange.SignedUnit, _config.Device); // [N, 3, 64, 64]
        return _network.EmbedImage(pixels).MoveToOuterDisposeScope();
    }

    private Tensor EmbedTexts(IReadOnlyList<string> captions)
    {
        // Padded to the longest only: attention is causal and the end token is pooled, so what follows it does not count.
        using DisposeScope scope = NewDisposeScope();
        TokenBatch batch = TokenBatch.Pad([.. captions.Select(c => _tokenizer.Encode(c))], _tokenizer.VocabularySize - 1, PaddingSide.Right);
        return _network.EmbedText(batch.IdsTensor(_config.Device), batch.MaskTensor(_config.Device)).MoveToOuterDisposeScope();
    }
}
