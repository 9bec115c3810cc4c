using Pipeline.Models.Checkpoints;
using Pipeline.Models.Clip;
using Pipeline.Models.Layers;
using Pipeline.Models.Preprocessing;
using Pipeline.Models.Probing;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Models.LlavaNext;

/// <summary>
/// LLaVA-NeXT (v1.6; Liu et al. 2024, after arXiv 2310.03744): CLIP's eye at any resolution, a two-layer projector, a Llama or Mistral decoder. This
/// class is the networks alone, tensors in and out; <see cref="LlavaNextModel"/> adds tokenizer, image processor and conversation.
/// </summary>
public sealed class LlavaNextNetwork : nn.Module
{
    private readonly ClipVisionModel vision_tower;
    private readonly LlavaProjector multi_modal_projector;
    private readonly Parameter image_newline;
    private readonly LlamaForCausalLM language_model;

    /// <summary>Builds all parts from a checkpoint's root, names as published (<c>vision_tower.*</c>, <c>language_model.*</c>, …).</summary>
    public LlavaNextNetwork(WeightSource w, LlavaNextConfig config)
        : base(nameof(LlavaNextNetwork))
    {
        Config = config;
        vision_tower = new ClipVisionModel(w.Sub("vision_tower"), config.Vision);
        multi_modal_projector = new LlavaProjector(w.Sub("multi_modal_projector"), config);
        image_newline = w.Parameter("image_newline", [config.Text.Hidden], new Init(InitKind.Normal, 1.0 / Math.Sqrt(config.Text.Hidden)));
        language_model = new LlamaForCausalLM(w.Sub("language_model"), config.Text);
        RegisterComponents();
    }

    /// <summary>Sizes and options.</summary>
    public LlavaNextConfig Config { get; }

    /// <summary>What the networks compute in.</summary>
    public ScalarType Dtype => image_newline.dtype;

    /// <summary>The decoder.</summary>
    public LlamaForCausalLM Decoder => language_model;

    /// <summary>Loads a directory with <c>config.json</c> and weights, under the published or the newer library's key names.</summary>
    /// <exception cref="ModelFormatException">The directory holds something else.</exception>
    public static LlavaNextNetwork Load(string directory, Device? device = null, ScalarType? dtype = null)
    {
        var config = LlavaNextConfig.From(ModelConfig.Read(Path.Combine(directory, "config.json")));
        using var weights = CheckpointDirectory.Open(directory, CheckpointDirectory.Transformers, new WeightOptions(device, dtype));
        var model = new LlavaNextNetwork(weights.Has("model.image_newline") ? weights.Map(NewerName) : weights, config);
        model.eval();
        return model;
    }

    /// <summary>
    /// Image features of tiles [tiles, 3, S, S]: the chosen hidden state without the class token, projected. [tiles, g², width], the caller's.
    /// Records <c>vision_selected</c> (class token kept).
    /// </summary>
    public Tensor TileFeatures(Tensor tiles, ActivationProbe? probe = null)
    {
        using var scope = NewDisposeScope();
        var selected = vision_tower.HiddenState(tiles, Config.FeatureLayer);                // [tiles, 1+g², vision width]
        ((ProbeScope)probe).Record("vision_selected", selected);
        return multi_modal_projector.Forward(selected.narrow(1, 1, selected.shape[1] - 1)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Packs the features [1+T, g², width] of one picture of <paramref name="height"/> × <paramref name="width"/> pixels into the sequence that the
    /// decoder sees, [n, width], the caller's: the base tile's g² vectors; then the patches of the T detail tiles row by row over the whole picture,
    /// without those that show padding, each row closed by the newline vector.
    /// </summary>
    /// <exception cref="ArgumentException">The number of tiles is not that of the picture's grid.</exception>
    public Tensor Pack(Tensor features, int height, int width)
    {
        using var scope = NewDisposeScope();
        var newline = image_newline.unsqueeze(0);                                           // [1, width]
        var whole = features.narrow(0, 0, 1).squeeze(0);                                    // [g², width]
        if (features.shape[0] == 1)
        {
            return cat([whole, newline], 0).MoveToOuterDisposeScope();
        }

        var (rows, columns, tileRows, tileColumns) = Grid(height, width);
        if (features.shape[0] != 1 + (tileRows * tileColumns))
        {
            throw new ArgumentException(
                $"A picture of {height}x{width} pixels needs {tileRows}x{tileColumns} tiles and one for the whole, got {features.shape[0]} in all.", nameof(features));
        }

        var side = rows / tileRows;
        var window = Shown(height, width, rows, columns);
        if (window.Rows <= 0 || window.Columns <= 0)
        {
            return RowEndsOnly(whole, newline, window).MoveToOuterDisposeScope();
        }

        var detail = features.narrow(0, 1, tileRows * tileColumns)
            .reshape(tileRows, tileColumns, side, side, -1).permute(0, 2, 1, 3, 4)          // [tile row, patch row, tile column, patch column, width]
            .reshape(rows, columns, -1)
            .narrow(0, window.Top, window.Rows).narrow(1, window.Left, window.Columns);     // [rows', columns', width]
        var ends = newline.unsqueeze(0).expand(window.Rows, 1, -1);
        var packed = cat([detail, ends], 1).reshape(-1, Config.Text.Hidden);                // [rows'·(columns'+1), width]
        return cat([whole, packed], 0).MoveToOuterDisposeScope();
    }

    /// <summary>The layout of a picture's tokens inside the packed sequence.</summary>
    public ImageTokenLayout Layout(int height, int width, int tiles)
    {
        var side = Config.Vision.Grid;
        if (tiles == 1)
        {
            return new ImageTokenLayout(side, default, (side * side) + 1);
        }

        var (rows, columns, _, _) = Grid(height, width);
        var window = Shown(height, width, rows, columns);
        return new ImageTokenLayout(side, window, (side * side) + (Math.Max(window.Rows, 0) * (Math.Max(window.Columns, 0) + 1)));
    }

    /// <summary>
    /// Embeddings of a prompt with the picture in place of the image token: ids [n] → [1, n', width], the caller's. Newer processors write the token
    /// once for every vector of the picture; that is accepted too.
    /// </summary>
    /// <exception cref="ArgumentException">The prompt has no image token, or the wrong number.</exception>
    public Tensor Merge(IReadOnlyList<int> ids, Tensor image)
    {
        var (at, length) = ImageRun(ids, checked((int)image.shape[0]));
        using var scope = NewDisposeScope();
        var parts = new List<Tensor> { image };
        if (at > 0)
        {
            parts.Insert(0, EmbedText([.. ids.Take(at)]));
        }

        if (at + length < ids.Count)
        {
            parts.Add(EmbedText([.. ids.Skip(at + length)]));
        }

        return cat(parts, 0).unsqueeze(0).MoveToOuterDisposeScope();
    }

    /// <summary>Where the image tokens of a prompt lie: one, or one for each of the picture's <paramref name="vectors"/>.</summary>
    /// <exception cref="ArgumentException">The prompt has no image token, the wrong number, or several apart.</exception>
    public (int Start, int Length) ImageRun(IReadOnlyList<int> ids, int vectors)
    {
        int[] at = [.. Enumerable.Range(0, ids.Count).Where(i => ids[i] == Config.ImageToken)];
        return (at.Length == 1 || at.Length == vectors) && at.Length > 0 && at[^1] - at[0] == at.Length - 1
            ? (at[0], at.Length)
            : throw new ArgumentException(
                $"The prompt must contain the image token {Config.ImageToken} once, or {vectors} times in a row; it has {at.Length}.", nameof(ids));
    }

    /// <summary>Token ids → embeddings [n, width]; the caller's.</summary>
    internal Tensor EmbedText(IReadOnlyList<int> ids)
    {
        using var scope = NewDisposeScope();
        var row = tensor(ids.Select(id => (long)id).ToArray(), ScalarType.Int64, image_newline.device);
        return language_model.Embed(row).MoveToOuterDisposeScope();
    }

    private static Tensor RowEndsOnly(Tensor whole, Tensor newline, PatchWindow window)
    {
        // A picture so long that no column is left still has its row ends.
        return window.Rows > 0 ? cat([whole, newline.expand(window.Rows, -1)], 0) : whole.alias();
    }

    private static PatchWindow Shown(int height, int width, int rows, int columns)
    {
        var (top, left, kept, across) = AnyResolution.Unpad(height, width, rows, columns);
        return new PatchWindow(top, kept, left, across);
    }

    private (int Rows, int Columns, int TileRows, int TileColumns) Grid(int height, int width)
    {
        var best = AnyResolution.SelectCanvas(height, width, Config.Resolutions);
        var tileRows = best.Height / Config.Vision.ImageSize;
        var tileColumns = best.Width / Config.Vision.ImageSize;
        return (tileRows * Config.Vision.Grid, tileColumns * Config.Vision.Grid, tileRows, tileColumns);
    }

    // Library 4.5x: everything but the head moved below "model.".
    private static string NewerName(string name) => name switch
    {
        _ when name.StartsWith("language_model.model.", StringComparison.Ordinal) => "model.language_model." + name["language_model.model.".Length..],
        _ when name.StartsWith("language_model.lm_head.", StringComparison.Ordinal) => name["language_model.".Length..],
        _ => "model." + name,
    };
}
