using System.Text.Json;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Checkpoints.Pickles;

namespace Pipeline.Models.Lpips.Building;

/// <summary>
/// Makes an LPIPS folder of two published files: torchvision's ImageNet weights of a trunk and the authors' v0.1 weights of its heads. Both are recognised by their keys, never by their names.
/// The classifier of the trunk is left out.
/// </summary>
public sealed class LpipsConversion
{
    private const string FirstHead = "lin0.model.1.weight";
    private const string FirstLayer = "features.0.weight";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    private readonly string _folder;

    private LpipsConversion(string folder, string trunk, string heads) => (_folder, Trunk, Heads) = (folder, trunk, heads);

    /// <summary>File of the trunk.</summary>
    public string Trunk { get; }

    /// <summary>File of the heads.</summary>
    public string Heads { get; }

    /// <summary>File that is written, beside <c>config.json</c>.</summary>
    public string Target => Path.Combine(_folder, CheckpointDirectory.Transformers + ".safetensors");

    /// <summary>The two files among a folder's pickles; null when none of them holds heads of LPIPS.</summary>
    /// <exception cref="ModelFormatException">There are heads without a trunk, or several of either: one trunk a folder.</exception>
    public static LpipsConversion? Find(string folder)
    {
        List<string> trunks = [], heads = [];
        foreach ((string source, string _) in PickleConverter.Plan(folder))
        {
            try
            {
                using TorchFile file = TorchFile.Open(source);
                (file.Tensors.ContainsKey(FirstHead) ? heads : file.Tensors.ContainsKey(FirstLayer) ? trunks : []).Add(source);
            }
            catch (ModelFormatException)
            {
                // What is wrong with a file of another kind is said when that file is converted.
            }
        }

        return (trunks, heads) switch
        {
            (_, []) => null,
            ([var trunk], [var head]) => new LpipsConversion(folder, trunk, head),
            ([], _) => throw new ModelFormatException($"{folder}: {Path.GetFileName(heads[0])} has heads of LPIPS, but no file has its trunk: put torchvision's weights of the same network beside it"),
            _ => throw new ModelFormatException($"{folder}: has {trunks.Count} trunks and {heads.Count} files of LPIPS heads: put one pair into a folder of its own"),
        };
    }

    /// <summary>Writes <c>model.safetensors</c> and <c>config.json</c>; the pickles stay.</summary>
    /// <returns>Number of tensors written.</returns>
    /// <exception cref="ModelFormatException">Trunk and heads do not belong together.</exception>
    public int Convert()
    {
        using TorchFile trunk = TorchFile.Open(Trunk), heads = TorchFile.Open(Heads);
        (string Name, TorchFile File, PickledTensor Value)[] all =
        [
            .. trunk.Tensors.Where(t => t.Key.StartsWith("features.", StringComparison.Ordinal)).Select(t => (t.Key, trunk, t.Value)),
            .. heads.Tensors.Where(t => t.Key.StartsWith("lin", StringComparison.Ordinal)).Select(t => (t.Key, heads, t.Value)),
        ];
        LpipsConfig config = Recognise(trunk.Tensors, heads.Tensors);
        SafetensorsWriter.Write(
            Target,
            [.. all.Select(t => new SafetensorsWriter.Item(t.Name, t.Value.Shape, TensorReader.ScalarTypeOf(t.Value.Storage.Type), () => t.File.Read(t.Value)))],
            new Dictionary<string, string> { ["format"] = "pt" });
        Write(config, _folder);
        return all.Length;
    }

    /// <summary>Writes the <c>config.json</c> of a network.</summary>
    public static void Write(LpipsConfig config, string folder)
    {
        ArgumentNullException.ThrowIfNull(config);
        var file = new { model_type = "lpips", backbone = config.BackboneName, version = LpipsConfig.Version, channels = config.Channels };
        File.WriteAllText(Path.Combine(folder, "config.json"), JsonSerializer.Serialize(file, s_json));
    }

    private LpipsConfig Recognise(IReadOnlyDictionary<string, PickledTensor> trunk, IReadOnlyDictionary<string, PickledTensor> heads)
    {
        LpipsBackbone backbone = trunk.ContainsKey("features.3.squeeze.weight") ? LpipsBackbone.Squeeze
            : trunk.ContainsKey("features.28.weight") && !trunk.ContainsKey("features.1.weight") ? LpipsBackbone.Vgg16
            : trunk.ContainsKey("features.10.weight") ? LpipsBackbone.Alex
            : throw new ModelFormatException($"{Trunk}: is no AlexNet, VGG-16 (without batch norm) or SqueezeNet 1.1 of torchvision");
        int taps = LpipsConfig.Published(backbone).Count;
        int[] channels = [.. Enumerable.Range(0, taps).Select(k => heads.TryGetValue($"lin{k}.model.1.weight", out PickledTensor? head) && head.Shape is [1, > 0 and <= int.MaxValue, 1, 1] ? (int)head.Shape[1] : 0)];
        int found = heads.Keys.Count(k => k.StartsWith("lin", StringComparison.Ordinal));
        return found == taps && channels.All(c => c > 0) && trunk[FirstLayer].Shape is [var first, ..] && first == channels[0]
            ? new LpipsConfig { Backbone = backbone, Channels = channels }
            : throw new ModelFormatException($"{Heads}: {found} heads do not belong to the {LpipsConfig.NameOf(backbone)} of {Path.GetFileName(Trunk)}, which has {taps} taps");
    }
}
