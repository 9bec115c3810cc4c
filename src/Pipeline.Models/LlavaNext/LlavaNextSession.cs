using Pipeline.Models.Generation;
using Pipeline.Models.Layers;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>
/// One picture and everything the decoder has read about it. The picture is encoded once; a prompt is read only from where it differs from what the
/// key/value cache already holds, so K questions about one picture cost one picture and K short texts. One caller at a time.
/// </summary>
public sealed class LlavaNextSession : IDisposable
{
    // Stands for a position that holds a vector of the picture instead of a token.
    private const int ImageSlot = -1;

    private readonly LlavaNextModel _owner;
    private readonly Tensor _features;
    private readonly KeyValueCache _cache;
    private IReadOnlyList<int> _read = [];
    private bool _disposed;

    internal LlavaNextSession(LlavaNextModel owner, Tensor features, ImageTokenLayout layout)
    {
        (_owner, _features, Layout) = (owner, features.DetachFromDisposeScope(), layout);
        _cache = new KeyValueCache(owner.Network.Config.Text.Layers, layout.Count + 1024);
    }

    /// <summary>How the picture's tokens lie.</summary>
    public ImageTokenLayout Layout { get; }

    /// <summary>The packed picture [n, width]; it stays the session's.</summary>
    public Tensor Features => _features;

    /// <summary>Positions that the cache holds.</summary>
    internal long CachedPositions => _cache.Length;

    /// <summary>How many positions of a prompt, from its start, need not be read again.</summary>
    internal int SharedWith(IReadOnlyList<int> promptIds) => CommonLength(_read, Slots(promptIds));

    /// <summary>Answers a question, in the decoder's chat format. The answer can report attention while this session lives.</summary>
    public GeneratedAnswer Ask(string question, GenerationOptions options, CancellationToken cancellation = default)
    {
        var ids = _owner.PromptIds(question);
        return _owner.Answered(ids, Continue(ids, options, cancellation: cancellation), () => this, null);
    }

    /// <summary>Answers several questions in one batch over one copy of the picture a question; equal to asking one after the other.</summary>
    public IReadOnlyList<GeneratedAnswer> AskAll(IReadOnlyList<string> questions, GenerationOptions options, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(questions.Count);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var prompts = questions.Select(_owner.PromptIds).ToArray();
        var slots = prompts.Select(Slots).ToArray();
        var shared = slots.Skip(1).Aggregate(slots[0].Count, (length, other) => Math.Min(length, CommonLength(slots[0], other)));
        shared = Math.Min(shared, slots.Min(s => s.Count) - 1);

        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        Read([.. slots[0].Take(shared)]);
        using var cache = _cache.Fork(questions.Count, slots.Max(s => s.Count) + Math.Min(options.MaxNewTokens, 1024));
        var (prompt, padding) = PaddedBatch.Left([.. slots.Select(s => Embed(s, shared, s.Count))], shared);
        using var state = new LlamaDecodingState(_owner.Network.Decoder, cache, prompt, padding);
        var written = _owner.Generate(state, options, null, cancellation);
        return [.. prompts.Select((ids, i) => _owner.Answered(ids, written[i], () => this, null))];
    }

    /// <summary>
    /// Continues a prompt given as ids with one image token (or as many as the picture has vectors). Returns the new tokens, end token included.
    /// </summary>
    /// <param name="promptIds">The whole prompt; what the cache holds of it is not read again.</param>
    /// <param name="options">Rule of choice and limits.</param>
    /// <param name="rows">Receives attention rows of every pass; its key range counts over the merged sequence. Null for none.</param>
    /// <param name="observer">Sees the logits.</param>
    /// <param name="cancellation">Checked before every token.</param>
    public IReadOnlyList<int> Continue(
        IReadOnlyList<int> promptIds,
        GenerationOptions options,
        AttentionRowSink? rows = null,
        IGenerationObserver? observer = null,
        CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var slots = Slots(promptIds);
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        var start = Rewind(slots, slots.Count - 1);
        using var state = new LlamaDecodingState(_owner.Network.Decoder, _cache, Embed(slots, start, slots.Count), null, rows);
        var written = _owner.Generate(state, options, observer, cancellation)[0];
        _read = [.. slots.Concat(written).Take(checked((int)_cache.Length))];
        return written;
    }

    /// <summary>Attention of generated tokens onto the whole picture; see <see cref="GeneratedAnswer.AttentionToImage"/>.</summary>
    public ImageAttention AttentionToImage(IReadOnlyList<int> promptIds, IReadOnlyList<int> generated, IReadOnlyList<int> tokens, Range? layers = null)
    {
        var (first, last) = LayersOf(layers);
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        using var mean = new AttentionRowMean(first, last);
        ReportRows(promptIds, generated, tokens, mean, last);
        return new ImageAttention(Layout.Grid, [.. mean.Mean().ToHost<float>().Chunk(Layout.BaseCount)]);      // [1, tokens, g²]
    }

    /// <summary>The same rows by layer and head: [layers, heads, tokens, g²] on the CPU, the caller's. For analysis; it grows with all four.</summary>
    public Tensor AttentionRowsToImage(IReadOnlyList<int> promptIds, IReadOnlyList<int> generated, IReadOnlyList<int> tokens, Range? layers = null)
    {
        var (first, last) = LayersOf(layers);
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        using var rows = new AttentionRowRecorder { FirstLayer = first, Layers = last - first + 1 };
        ReportRows(promptIds, generated, tokens, rows, last);
        return rows.Passes[0].squeeze(1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        _cache.Dispose();
        _features.Dispose();
    }

    /// <summary>One teacher-forced pass over the finished text, as deep as <paramref name="last"/>, for the rows that predicted <paramref name="tokens"/>.</summary>
    private void ReportRows(IReadOnlyList<int> promptIds, IReadOnlyList<int> generated, IReadOnlyList<int> tokens, AttentionRowSink rows, int last)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfZero(tokens.Count);
        if (tokens.Any(t => t < 0 || t >= generated.Count))
        {
            throw new ArgumentOutOfRangeException(nameof(tokens), $"Token indexes must lie in 0…{generated.Count - 1}.");
        }

        var prompt = Slots(promptIds);
        IReadOnlyList<int> slots = [.. prompt, .. generated];
        // Token t was predicted by the position before it.
        var start = Rewind(slots, prompt.Count - 1 + tokens.Min());
        rows.Queries = [.. tokens.Select(t => (long)(prompt.Count - 1 + t - start))];
        (rows.KeyStart, rows.KeyCount) = (FirstImageSlot(prompt), Layout.BaseCount);
        using var text = Embed(slots, start, prompt.Count + tokens.Max());
        _owner.Network.Decoder.ReportRows(text, _cache, rows, last);
        _cache.Truncate(start);
    }

    private (int First, int Last) LayersOf(Range? layers)
    {
        var count = _owner.Network.Config.Text.Layers;
        var (offset, length) = (layers ?? ((count / 3)..Math.Max((count / 3) + 1, 2 * count / 3))).GetOffsetAndLength(count);
        ArgumentOutOfRangeException.ThrowIfZero(length, nameof(layers));
        return (offset, offset + length - 1);
    }

    /// <summary>The prompt position by position, the image token spread out.</summary>
    private List<int> Slots(IReadOnlyList<int> ids)
    {
        var (at, length) = _owner.Network.ImageRun(ids, Layout.Count);
        return [.. ids.Take(at), .. Enumerable.Repeat(ImageSlot, Layout.Count), .. ids.Skip(at + length)];
    }

    /// <summary>Brings the cache back to the longest part of <paramref name="slots"/> it holds, at most <paramref name="limit"/>; returns that length.</summary>
    private int Rewind(IReadOnlyList<int> slots, int limit)
    {
        var start = Math.Min(CommonLength(_read, slots), limit);
        _cache.Truncate(start);
        _read = [.. slots.Take(start)];
        return start;
    }

    /// <summary>Makes the cache hold exactly these positions.</summary>
    private void Read(IReadOnlyList<int> slots)
    {
        var start = Rewind(slots, slots.Count);
        if (start < slots.Count)
        {
            using var state = _owner.Network.Decoder.Forward(Embed(slots, start, slots.Count), _cache);
            _read = slots;
        }
    }

    /// <summary>Embeddings [1, end − start, width] of a stretch of positions.</summary>
    private Tensor Embed(IReadOnlyList<int> slots, int start, int end)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        for (var i = start; i < end;)
        {
            var isImage = slots[i] == ImageSlot;
            var stop = i;
            while (stop < end && (slots[stop] == ImageSlot) == isImage)
            {
                stop++;
            }

            parts.Add(isImage
                ? _features.narrow(0, i - FirstImageSlot(slots), stop - i)
                : _owner.Network.EmbedText([.. slots.Skip(i).Take(stop - i)]));
            i = stop;
        }

        return cat(parts, 0).unsqueeze(0).MoveToOuterDisposeScope();
    }

    private static int FirstImageSlot(IReadOnlyList<int> slots) => slots.TakeWhile(slot => slot != ImageSlot).Count();

    private static int CommonLength(IReadOnlyList<int> a, IReadOnlyList<int> b)
    {
        var length = Math.Min(a.Count, b.Count);
        var i = 0;
        while (i < length && a[i] == b[i])
        {
            i++;
        }

        return i;
    }
}
