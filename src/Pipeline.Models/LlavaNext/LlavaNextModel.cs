using Pipeline.Imaging;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Generation;
using Pipeline.Models.Preprocessing;
using Pipeline.Models.Tokenizers;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>
/// LLaVA-NeXT with its tokenizer and image processor: looks at a picture and answers questions. For several questions about one picture use
/// <see cref="Look(RgbImage)"/>; for several pictures <see cref="AnswerAll"/>. One caller at a time.
/// </summary>
public sealed class LlavaNextModel : IDisposable
{
    private readonly ITokenizer _tokenizer;
    private readonly LlavaNextImageProcessor _processor;
    private readonly Device _device;
    private readonly IReadOnlySet<int> _stopTokens;
    private readonly int _padToken;

    private LlavaNextModel(
        LlavaNextNetwork network, ITokenizer tokenizer, LlavaNextImageProcessor processor, Device device, IReadOnlySet<int> stopTokens, int padToken)
    {
        Network = network;
        (_tokenizer, _processor, _device, _stopTokens, _padToken) = (tokenizer, processor, device, stopTokens, padToken);
    }

    /// <summary>The networks.</summary>
    public LlavaNextNetwork Network { get; }

    /// <summary>Most tiles that go through the image tower at once.</summary>
    public int TileBatch { get; init; } = 16;

    /// <summary>Loads a directory in the Hugging Face layout.</summary>
    /// <param name="directory">Model directory.</param>
    /// <param name="device">Where to compute; CPU when null.</param>
    /// <param name="dtype">What to compute in; fp32 when null.</param>
    /// <exception cref="ModelFormatException">A part is missing or belongs to another model.</exception>
    public static LlavaNextModel Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = ModelConfig.Read(Path.Combine(directory, "config.json"));
        var tokenizer = TokenizerLoader.Load(directory);
        var processor = LlavaNextImageProcessor.FromDirectory(directory);
        var stops = StopTokens.Read(directory, config.Sub("text_config"), 2);
        var pad = StopTokens.ReadPad(directory, config, 0);
        return new LlavaNextModel(LlavaNextNetwork.Load(directory, device, dtype), tokenizer, processor, device ?? CPU, stops, pad);
    }

    /// <summary>Encodes a picture, for questions about it. Dispose the session.</summary>
    public LlavaNextSession Look(RgbImage image)
    {
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        var tiles = _processor.Process(image);                                              // [1+T, 3, S, S]
        return Look(tiles, image.Height, image.Width);
    }

    /// <summary>As <see cref="Look(RgbImage)"/> for prepared tiles [1+T, 3, S, S] of a picture of the given size; the tiles stay the caller's.</summary>
    public LlavaNextSession Look(Tensor tiles, int height, int width)
    {
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        var packed = Network.Pack(Features(tiles), height, width);                          // [n, width]
        return new LlavaNextSession(this, packed, Network.Layout(height, width, checked((int)tiles.shape[0])));
    }

    /// <summary>Answers one question about one picture. The answer owns what it needs to report attention: dispose it.</summary>
    public GeneratedAnswer Answer(RgbImage image, string question, GenerationOptions options, CancellationToken cancellation = default)
    {
        var session = Look(image);
        try
        {
            var ids = PromptIds(question);
            return Answered(ids, session.Continue(ids, options, cancellation: cancellation), () => session, session);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Answers questions about different pictures in one batch, padded on the left; equal to answering one by one. An answer keeps its picture's
    /// encoding, and reads it again only if asked for attention: dispose the answers.
    /// </summary>
    public IReadOnlyList<GeneratedAnswer> AnswerAll(
        IReadOnlyList<ImageQuestion> questions, GenerationOptions options, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(questions.Count);
        var sessions = new List<LlavaNextSession>();
        try
        {
            using var guard = inference_mode();
            using var scope = NewDisposeScope();
            sessions.AddRange(LookAtAll(questions));
            var prompts = questions.Select(q => PromptIds(q.Question)).ToArray();
            var (batch, padding) = PaddedBatch.Left([.. prompts.Select((ids, i) => Network.Merge(ids, sessions[i].Features))]);
            using var cache = new KeyValueCache(Network.Config.Text.Layers, batch.shape[1] + Math.Min(options.MaxNewTokens, 1024));
            using var state = new LlamaDecodingState(Network.Decoder, cache, batch, padding);
            var written = Generate(state, options, null, cancellation);
            return [.. prompts.Select((ids, i) => Answered(ids, written[i], () => sessions[i], sessions[i]))];
        }
        catch
        {
            sessions.ForEach(session => session.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    internal IReadOnlyList<int> PromptIds(string question) => _tokenizer.Encode(ChatTemplate.Wrap(Network.Config.Text.Kind, question));

    internal IReadOnlyList<IReadOnlyList<int>> Generate(
        IDecodingState state, GenerationOptions options, IGenerationObserver? observer, CancellationToken cancellation) =>
        TokenGenerator.Run(state, options, _stopTokens, _padToken, observer, cancellation);

    internal GeneratedAnswer Answered(IReadOnlyList<int> promptIds, IReadOnlyList<int> tokens, Func<LlavaNextSession> session, IDisposable? owned)
    {
        var text = _tokenizer.Decode(tokens);
        return new GeneratedAnswer(text, promptIds, tokens, TokenSpans.Of(_tokenizer, tokens, text), session, owned);
    }

    /// <summary>Pictures with tiles of several pictures side by side in the image tower.</summary>
    private List<LlavaNextSession> LookAtAll(IReadOnlyList<ImageQuestion> questions)
    {
        using var scope = NewDisposeScope();
        var tiles = questions.Select(q => _processor.Process(q.Image)).ToArray();
        var features = Features(cat(tiles, 0));                                             // [all tiles, g², width]
        var sessions = new List<LlavaNextSession>();
        var at = 0L;
        for (var i = 0; i < tiles.Length; i++)
        {
            var (height, width) = (questions[i].Image.Height, questions[i].Image.Width);
            var own = features.narrow(0, at, tiles[i].shape[0]);
            sessions.Add(new LlavaNextSession(this, Network.Pack(own, height, width), Network.Layout(height, width, checked((int)tiles[i].shape[0]))));
            at += tiles[i].shape[0];
        }

        return sessions;
    }

    private Tensor Features(Tensor tiles)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var at = 0L; at < tiles.shape[0]; at += TileBatch)
        {
            var batch = tiles.narrow(0, at, Math.Min(TileBatch, tiles.shape[0] - at)).to(Network.Dtype, _device);
            parts.Add(Network.TileFeatures(batch));
        }

        return cat(parts, 0).MoveToOuterDisposeScope();
    }
}
