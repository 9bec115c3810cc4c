using Pipeline.Imaging;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Generation;
using Pipeline.Models.Preprocessing;
using Pipeline.Models.Tokenizers;
using static TorchSharp.torch;

namespace Pipeline.Models.Blip2;

/// <summary>BLIP-2 with its tokenizer and image processor: writes captions. One caller at a time.</summary>
public sealed class Blip2Model : IDisposable
{
    private readonly ITokenizer _tokenizer;
    private readonly BlipImageProcessor _processor;
    private readonly Device _device;
    private readonly IReadOnlySet<int> _stopTokens;

    private Blip2Model(
        Blip2Network network, ITokenizer tokenizer, BlipImageProcessor processor, Device device, IReadOnlySet<int> stopTokens, int padToken)
    {
        Network = network;
        (_tokenizer, _processor, _device, _stopTokens, PadToken) = (tokenizer, processor, device, stopTokens, padToken);
    }

    /// <summary>The networks.</summary>
    public Blip2Network Network { get; }

    /// <summary>What ended rows of a batch are filled with.</summary>
    public int PadToken { get; }

    /// <summary>Loads a directory in the Hugging Face layout.</summary>
    /// <param name="directory">Model directory.</param>
    /// <param name="device">Where to compute; CPU when null.</param>
    /// <param name="dtype">What to compute in; fp32 when null.</param>
    /// <exception cref="ModelFormatException">A part is missing or belongs to another model.</exception>
    public static Blip2Model Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = ModelConfig.Read(Path.Combine(directory, "config.json"));
        var parsed = Blip2Config.From(config);
        var tokenizer = TokenizerLoader.Load(directory);
        var processor = BlipImageProcessor.FromDirectory(directory);
        var isT5 = parsed.T5 is not null;
        var stops = Generation.StopTokens.Read(directory, config.Sub("text_config"), isT5 ? 1 : 2);
        var pad = Generation.StopTokens.ReadPad(directory, config, isT5 ? 0 : 1);
        return new Blip2Model(Blip2Network.Load(directory, device, dtype), tokenizer, processor, device ?? CPU, stops, pad);
    }

    /// <summary>One caption; see <see cref="Captions"/>.</summary>
    public string Caption(RgbImage image, string? prompt = null, CaptionOptions? options = null, CancellationToken cancellation = default) =>
        Captions([image], prompt, options, cancellation)[0];

    /// <summary>
    /// Captions of pictures of any sizes, in one batch; equal to captioning one by one. The text is what follows the prompt, trimmed.
    /// </summary>
    /// <param name="images">At least one.</param>
    /// <param name="prompt">What the caption continues or answers, such as <c>a photo of</c>; null for none.</param>
    /// <param name="options">Length and search.</param>
    /// <param name="cancellation">Checked before every token.</param>
    public IReadOnlyList<string> Captions(
        IReadOnlyList<RgbImage> images, string? prompt = null, CaptionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(images.Count);
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        var pixels = cat([.. images.Select(image => _processor.Process(image))], 0).to(Network.Dtype, _device);   // [B, 3, S, S]
        var row = prompt is null ? [Network.LanguageModel.StartToken] : _tokenizer.Encode(prompt);
        var ids = tensor(row.Select(id => (long)id).ToArray(), ScalarType.Int64, _device).unsqueeze(0).expand(images.Count, -1);
        var tokens = Write(Network.Look(pixels), ids, ones_like(ids), options ?? new CaptionOptions(), null, cancellation);
        return [.. tokens.Select(t => _tokenizer.Decode(t).Trim())];
    }

    /// <summary>New tokens by row for image vectors [B, Q, width] and prompts [B, n] with their mask [B, n]; the tensors stay the caller's.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Write(
        Tensor image, Tensor ids, Tensor mask, CaptionOptions options, IGenerationObserver? observer = null, CancellationToken cancellation = default)
    {
        using var guard = inference_mode();
        using var state = Network.LanguageModel.Begin(image, ids, mask, options.MaxNewTokens);
        if (options.Beams == 1)
        {
            var greedy = new GenerationOptions { MaxNewTokens = options.MaxNewTokens, StopTokens = options.StopTokens };
            return TokenGenerator.Run(state, greedy, _stopTokens, PadToken, observer, cancellation);
        }

        var search = new BeamSearchOptions
        {
            Beams = options.Beams,
            LengthPenalty = options.LengthPenalty,
            MaxNewTokens = options.MaxNewTokens,
            StopTokens = options.StopTokens,
        };
        return BeamSearch.Run(state, search, _stopTokens, PadToken, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}
