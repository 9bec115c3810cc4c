using System.Text;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Inspection;
using Pipeline.Models.Lpips;
using Pipeline.Models.Lpips.Building;
using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Checkpoints;

/// <summary>Files of torch.save from before its zip form, as torchvision's older weights and the heads of LPIPS are published.</summary>
public sealed class LegacyPickleTests
{
    [Fact]
    public void Views_shared_storages_and_their_order_in_the_file_are_understood()
    {
        using TemporaryFolder folder = new();
        LegacyFile file = new();
        file.Add("b", "7", 6, 4, [2], [1]).Add("w", "3", 6, 1, [2, 2], [1, 2]).Add("all", "7", 6, 0, [6], [1]);
        file.Save(folder.File("old.pth"), ("3", [0, 1, 2, 3, 4, 5]), ("7", [10, 11, 12, 13, 14, 15]));
        Assert.Equal(3, PickleConverter.Convert(folder.File("old.pth"), folder.File("new.safetensors")));
        using SafetensorsFile converted = SafetensorsFile.Open(folder.File("new.safetensors"));
        Assert.Equal([1, 3, 2, 4], converted.ReadDoubles("w"));
        Assert.Equal([14, 15], converted.ReadDoubles("b"));
        Assert.Equal([10, 11, 12, 13, 14, 15], converted.ReadDoubles("all"));
    }

    [Fact]
    public void Parameters_of_the_first_versions_are_their_tensors()
    {
        using TemporaryFolder folder = new();
        LegacyFile file = new();
        file.Add("w", "0", 2, 0, [2], [1], parameter: true);
        file.Save(folder.File("old.pth"), ("0", [5, 6]));
        PickleConverter.Convert(folder.File("old.pth"), folder.File("new.safetensors"));
        using SafetensorsFile converted = SafetensorsFile.Open(folder.File("new.safetensors"));
        Assert.Equal([5, 6], converted.ReadDoubles("w"));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("count")]
    [InlineData("unknown")]
    [InlineData("head")]
    public void Damaged_files_are_refused(string damage)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("old.pth");
        LegacyFile file = new();
        file.Add("w", "0", 2, 0, [2], [1]);
        file.Save(path, damage == "unknown" ? ("1", [5, 6]) : ("0", damage == "count" ? [5, 6, 7] : [5, 6]));
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, damage switch { "cut" => bytes[..^3], "head" => bytes[..40], _ => bytes });
        Assert.Throws<ModelFormatException>(() => PickleConverter.Convert(path, folder.File("new.safetensors")));
        Assert.False(File.Exists(folder.File("new.safetensors")));
    }

    [Fact]
    public void The_two_published_files_become_a_folder_that_is_recognised_and_loads()
    {
        using TemporaryFolder folder = new();
        using var scope = NewDisposeScope();
        int[] channels = [2, 3, 4, 3, 2];
        (string, int, int, int)[] layers = [("0", 3, 2, 11), ("3", 2, 3, 5), ("6", 3, 4, 3), ("8", 4, 3, 3), ("10", 3, 2, 3)];
        Random random = new(3);
        LegacyFile trunk = new(), heads = new();
        Dictionary<string, float[]> stored = [];
        foreach ((string layer, int from, int to, int kernel) in layers)
        {
            stored[trunk.Whole($"features.{layer}.weight", [to, from, kernel, kernel])] = Draw(to * from * kernel * kernel);
            stored[trunk.Whole($"features.{layer}.bias", [to])] = Draw(to);
        }

        stored[trunk.Whole("classifier.6.bias", [4])] = Draw(4);
        trunk.Save(folder.File("trunk.pth"), [.. stored.Select(s => (s.Key, s.Value))]);
        (string, float[])[] linear = [.. channels.Select((c, k) => (heads.Whole($"lin{k}.model.1.weight", [1, c, 1, 1]), Draw(c)))];
        heads.Save(folder.File("heads.pth"), linear);

        LpipsConversion conversion = LpipsConversion.Find(folder.Path)!;
        Assert.Equal(("trunk.pth", "heads.pth"), (Path.GetFileName(conversion.Trunk), Path.GetFileName(conversion.Heads)));
        Assert.Equal(15, conversion.Convert());
        ModelComponent component = Assert.Single(ModelDirectory.Open(folder.Path).Components);
        Assert.Equal(ComponentKind.Lpips, component.Kind);
        NetworkReport report = NetworkInspector.Inspect(ModelParts.Find(folder.Path).First(p => p.Kind == PartKind.Network));
        Assert.Empty(report.Missing);
        Assert.Empty(report.Mismatched);
        Assert.Empty(report.Unexpected);
        using LpipsModel model = LpipsModel.Load(folder.Path);
        Assert.Equal(channels, model.Config.Channels);
        Assert.Equal(linear[2].Item2, model.ChannelWeights[2].Values());

        File.Delete(folder.File("trunk.pth"));
        Assert.Contains("heads.pth", Assert.Throws<ModelFormatException>(() => LpipsConversion.Find(folder.Path)).Message, StringComparison.Ordinal);
        File.Delete(folder.File("heads.pth"));
        Assert.Null(LpipsConversion.Find(folder.Path));

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
    }

    /// <summary>Writes such a file as the format's description says, in pickle protocol 2.</summary>
    private sealed class LegacyFile
    {
        private readonly MemoryStream _object = new();
        private int _storages;

        public LegacyFile() => Text(_object, "\u0080\u0002ccollections\nOrderedDict\n)R(");

        /// <summary>A tensor with a storage of its own; returns the storage's key.</summary>
        public string Whole(string name, int[] shape)
        {
            int[] strides = [.. shape.Select((_, i) => shape.Skip(i + 1).Aggregate(1, (p, s) => p * s))];
            string key = $"{++_storages}";
            Add(name, key, shape.Aggregate(1, (p, s) => p * s), 0, shape, strides);
            return key;
        }

        public LegacyFile Add(string name, string key, int elements, int offset, int[] shape, int[] strides, bool parameter = false)
        {
            String(_object, name);
            Text(_object, parameter ? "ctorch.nn.parameter\nParameter\n" : "");
            Text(_object, "ctorch._utils\n_rebuild_tensor\n((");
            String(_object, "storage");
            Text(_object, "ctorch\nFloatStorage\n");
            String(_object, key);
            String(_object, "cpu");
            Number(_object, elements);
            Text(_object, "NtQ");
            Number(_object, offset);
            Tuple(_object, shape);
            Tuple(_object, strides);
            Text(_object, "tR" + (parameter ? "\u0085R\u0088\u0089\u0088\u0087b" : ""));
            return this;
        }

        public void Save(string path, params (string Key, float[] Values)[] storages)
        {
            using FileStream file = File.Create(path);
            Text(file, "\u0080\u0002\u008a\u000al\u00fc\u009cF\u00f9 j\u00a8P\u0019.\u0080\u0002M\u00e9\u0003.\u0080\u0002}(");
            String(file, "protocol_version");
            Text(file, "M\u00e9\u0003");
            String(file, "little_endian");
            Text(file, "\u0088u.");
            _object.WriteTo(file);
            Text(file, "u.\u0080\u0002](");
            foreach ((string key, _) in storages)
            {
                String(file, key);
            }

            Text(file, "e.");
            foreach ((_, float[] values) in storages)
            {
                file.Write(BitConverter.GetBytes((long)values.Length));
                file.Write([.. values.SelectMany(BitConverter.GetBytes)]);
            }
        }

        private static void Tuple(Stream stream, int[] values)
        {
            Text(stream, "(");
            foreach (int value in values)
            {
                Number(stream, value);
            }

            Text(stream, "t");
        }

        private static void Number(Stream stream, int value)
        {
            Text(stream, "J");
            stream.Write(BitConverter.GetBytes(value));
        }

        private static void String(Stream stream, string text)
        {
            Text(stream, "X");
            stream.Write(BitConverter.GetBytes(text.Length));
            Text(stream, text);
        }

        private static void Text(Stream stream, string latin) => stream.Write(Encoding.Latin1.GetBytes(latin));
    }
}
