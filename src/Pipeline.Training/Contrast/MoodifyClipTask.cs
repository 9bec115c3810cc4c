using Pipeline.Imaging;
using Pipeline.Methods.Emotions;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.Tokenizers;
using Pipeline.Training.Data;
using Pipeline.Training.Runs;
using Pipeline.Training.World;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Training.Contrast;

/// <summary>
/// MoodifyCLIP: a trained CLIP (base model <c>clip</c>) goes on with captions of five sentences, by contrasts of pictures with the whole caption, with its summary, of patches with sentences, and by optimal transport
/// (docs/methods/moodify-clip.md). Of the world, a sample is a scene and gives a group of re-renders, as in <see cref="ClipTask"/>; of a manifest, a picture.
/// </summary>
public sealed class MoodifyClipTask : ITrainingTask
{
    /// <summary>Name of the system in configurations.</summary>
    public const string System = "moodify-clip";

    private const double LargestScale = 100;    // of the logits, as CLIP has it
    private const int ScoreBatch = 32;

    private readonly TrainingConfig _config;
    private readonly MoodifyClipLoss _loss;
    private readonly StretchedClip _start;
    private readonly ClipInputs _inputs;
    private readonly IAnnotatedPictures _pictures;
    private readonly ClipModel _network;
    private readonly Tensor? _kept;

    /// <summary>Start weights are the base model's.</summary>
    /// <exception cref="Pipeline.Models.ModelFormatException">The base model is no CLIP.</exception>
    /// <exception cref="TrainingException">A setting is out of range, or data and base model do not fit.</exception>
    public MoodifyClipTask(TrainingConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        MoodifyClipOptions options = config.TaskOptions<MoodifyClipOptions>();
        string? problem = options.Problem()
            ?? (config.MicroBatch != 0 || config.Shards != 0 ? "microBatch and shards must be 0: contrast needs the whole batch at once"
            : config.Model.EnumerateObject().Any() ? "model must be empty ({}): the network is that of the base model 'clip'" : null);
        (_config, _loss) = (config, problem is null ? new MoodifyClipLoss(options) : throw new TrainingException(problem));
        string folder = config.BaseFolder(ClipTask.System);
        _start = new StretchedClip(folder, options);
        _inputs = new ClipInputs(folder, _start.Config.Text.Positions);
        RequireFit(folder);
        _pictures = Open(config, _start.Config.Vision.ImageSize);
        _network = _start.Load(config.Device);
        _kept = options.Keep == 0 ? null : Kept(options.Keep);
    }

    /// <inheritdoc />
    public string Stage => "five-sentences";

    /// <inheritdoc />
    public nn.Module Network => _network;

    /// <inheritdoc />
    public ITrainingData? Data => _pictures.Data;

    /// <inheritdoc />
    public string ScoreName => "retrieval@1 by five sentences (%)";

    /// <summary>A fork starts from averages, in which kept positions are rounded.</summary>
    public void Prepare(string folder, CancellationToken drain) => PutBack();

    /// <inheritdoc />
    public int DrawsOf(int samples) => _pictures.DrawsOf(samples);

    /// <inheritdoc />
    public BatchLoss Load(IReadOnlyList<Sample> samples, IReadOnlyList<double> draws)
    {
        IReadOnlyList<AnnotatedPicture> batch = _pictures.Batch(samples, draws);
        return _ => Loss(batch);
    }

    /// <summary>Kept positions get no gradient, and what the optimiser's weight decay takes from them is put back.</summary>
    public void Stepped(long step) => PutBack();

    /// <summary>Share of held-out pictures whose nearest caption of five sentences, and of captions whose nearest picture, is their own or one of the same words; in per cent.</summary>
    public double Score() => OverHeldOut((pictures, texts, said) => Mean(Recall(pictures, texts, said, 1)));

    /// <summary>Retrieval both ways at 1 and 5, and zero-shot emotions of the pictures that have one.</summary>
    public IReadOnlyList<(string Name, double Value)> Details() => OverHeldOut<IReadOnlyList<(string, double)>>((pictures, texts, said) =>
    {
        (double ByPicture, double ByText) first = Recall(pictures, texts, said, 1), fifth = Recall(pictures, texts, said, 5);
        return
        [
            ("captions of pictures, R@1 (%)", first.ByPicture), ("captions of pictures, R@5 (%)", fifth.ByPicture), ("pictures of captions, R@1 (%)", first.ByText), ("pictures of captions, R@5 (%)", fifth.ByText),
            .. Emotions(pictures, said),
        ];
    });

    /// <summary>Writes a folder that <see cref="ClipEmbedder"/> loads, and that serves as a diffusion model's text encoder and tokenizer too.</summary>
    public void Export(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        using DisposeScope scope = NewDisposeScope();
        PutBack();
        SafetensorsWriter.Write(
            Path.Combine(folder, CheckpointDirectory.Transformers + ".safetensors"), _network.named_parameters().Select(p => (p.name, (Tensor)p.parameter)), metadata);
        _start.WriteConfig(folder);
        _inputs.Write(folder, _start.Config.Vision.ImageSize);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _network.Dispose();
        _kept?.Dispose();
        _pictures.Dispose();
    }

    /// <summary>The features of a batch as the losses take them; the caller's.</summary>
    internal MoodifyFeatures Features(IReadOnlyList<AnnotatedPicture> batch)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = ImageTokens([.. batch.Select(p => p.Image)]);                                       // [N, 1 + P, D], the class token first
        Tensor sentences = EmbedTexts([.. batch.SelectMany(p => p.Said.Sentences)]);                        // [5 N, D]
        return new MoodifyFeatures(
            tokens.select(1, 0).MoveToOuterDisposeScope(),
            tokens.narrow(1, 1, tokens.shape[1] - 1).MoveToOuterDisposeScope(),
            EmbedTexts([.. batch.Select(p => p.Said.Full)]).MoveToOuterDisposeScope(),
            sentences.view(batch.Count, -1, sentences.shape[1]).MoveToOuterDisposeScope());
    }

    private LossTerms Loss(IReadOnlyList<AnnotatedPicture> batch)
    {
        using DisposeScope scope = NewDisposeScope();
        LossTerms terms = _loss.Compute(Features(batch), [.. batch.Select(p => p.Said)], _network.LogitScale.exp().clamp_max(LargestScale));
        terms.Total.MoveToOuterDisposeScope();
        foreach ((_, Tensor part) in terms.Parts)
        {
            part.MoveToOuterDisposeScope();
        }

        return terms;
    }

    /// <summary>Measures something of all held-out pictures: unit vectors of pictures and of whole captions [N, D], and what is said.</summary>
    private T OverHeldOut<T>(Func<Tensor, Tensor, IReadOnlyList<MoodAnnotation>, T> measure)
    {
        _network.eval();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        PutBack();
        List<Tensor> images = [], texts = [];
        List<MoodAnnotation> said = [];
        foreach (AnnotatedPicture[] part in _pictures.HeldOut().Chunk(ScoreBatch))
        {
            images.Add(ImageTokens([.. part.Select(p => p.Image)]).select(1, 0).contiguous());
            texts.Add(EmbedTexts([.. part.Select(p => p.Said.Full)]));
            said.AddRange(part.Select(p => p.Said));
        }

        return measure(cat([.. images], 0), cat([.. texts], 0), said);
    }

    private static (double ByPicture, double ByText) Recall(Tensor pictures, Tensor texts, IReadOnlyList<MoodAnnotation> said, int k) =>
        RetrievalRecall.Of(pictures.matmul(texts.transpose(0, 1)), [.. said.Select(s => s.Full)], k);

    private static double Mean((double ByPicture, double ByText) recall) => (recall.ByPicture + recall.ByText) / 2;

    private IEnumerable<(string Name, double Value)> Emotions(Tensor pictures, IReadOnlyList<MoodAnnotation> said)
    {
        (int Picture, int Class)[] labelled = [.. said.Select((s, i) => (i, _pictures.ClassOf(s))).Where(p => p.Item2 is not null).Select(p => (p.i, p.Item2!.Value))];
        if (labelled.Length == 0)
        {
            return [];
        }

        using DisposeScope scope = NewDisposeScope();
        float[][] classes = [.. _pictures.Classes.Select(c => EmotionTemplates.Feature(Rows(EmbedTexts(c.Prompts))))];
        Tensor features = tensor([.. classes.SelectMany(c => c)], [classes.Length, classes[0].Length]).to(_config.Device);
        float[][] cosines = Rows(pictures.matmul(features.transpose(0, 1)));
        ZeroShotScore score = ZeroShotEmotions.Measure([.. labelled.Select(p => cosines[p.Picture])], [.. labelled.Select(p => p.Class)], classes.Length);
        return
        [
            ("zero-shot emotion: pictures", score.Pictures), ("zero-shot emotion: top-1 (%)", score.Top1), ("zero-shot emotion: top-3 (%)", score.Top3), ("zero-shot emotion: macro-F1 (%)", score.MacroF1),
            .. _pictures.Classes.Zip(score.Recall).Where(c => c.Second is not null).Select(c => ($"zero-shot emotion: recall of {c.First.Name} (%)", c.Second!.Value)),
        ];
    }

    private static float[][] Rows(Tensor matrix) => [.. matrix.to(ScalarType.Float32, CPU).contiguous().data<float>().ToArray().Chunk((int)matrix.shape[1])];

    private static IAnnotatedPictures Open(TrainingConfig config, int side)
    {
        if (config.Data.Manifest is not null)
        {
            ManifestData manifest = ManifestData.Open(config, side, ManifestNeeds.Annotation);
            return manifest.Side == side ? new AnnotatedFiles(manifest)
                : throw new TrainingException($"data.pictures.side is {manifest.Side}, the base model's image_size {side}: leave the one out");
        }

        return side == Canvas.Side ? new AnnotatedScenes(config.Data)
            : throw new TrainingException($"the base model sees pictures of {side} pixels, scenes of the world have {Canvas.Side}: give a manifest (--data)");
    }

    private void RequireFit(string folder)
    {
        ClipTextConfig text = _start.Config.Text;
        if (text.Vocabulary != _inputs.Tokenizer.VocabularySize || !(text.PoolsAtLargestId || text.EndToken == _inputs.Tokenizer.EndId))
        {
            throw new TrainingException($"{folder}: vocab_size and eos_token_id must be those of its tokenizer, {_inputs.Tokenizer.VocabularySize} and {_inputs.Tokenizer.EndId}");
        }
    }

    private Tensor Kept(int count)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        return StretchedClip.PositionsOf(_network).narrow(0, 0, count).clone().DetachFromDisposeScope();
    }

    private void PutBack()
    {
        if (_kept is null)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable recording = no_grad();
        Parameter positions = StretchedClip.PositionsOf(_network);
        _ = positions.narrow(0, 0, _kept.shape[0]).copy_(_kept);
    }

    /// <summary>All tokens of pictures in the joint space, of unit length [N, 1 + P, D]: the class token is the picture's embedding.</summary>
    private Tensor ImageTokens(IReadOnlyList<RgbImage> pictures)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = _network.ImageTokens(_inputs.Scaled(TrainingData.Pixels(pictures, _config.Device)));
        return ClipModel.UnitLength(_network.ProjectImage(tokens)).MoveToOuterDisposeScope();
    }

    private Tensor EmbedTexts(IReadOnlyList<string> texts)
    {
        // Padded to the longest only: attention is causal and the end token is pooled, so what follows it does not count.
        using DisposeScope scope = NewDisposeScope();
        TokenBatch batch = TokenBatch.Pad([.. texts.Select(t => _inputs.Encode(t, _start.Config.Text.Positions))], 0, PaddingSide.Right);
        return _network.EmbedText(batch.IdsTensor(_config.Device), batch.MaskTensor(_config.Device)).MoveToOuterDisposeScope();
    }
}
