using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Models.Checkpoints;
using Pipeline.Models.Checkpoints.Pickles;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Checkpoints;

public sealed class PickleTests
{
    [SharedGoldensFact]
    public void A_file_of_torch_save_becomes_the_safetensors_file_of_the_same_weights()
    {
        string vae = Path.Combine(Fixtures.SharedGoldens!, "diffusion", "b-vae-oldkeys", "vae");
        using TemporaryFolder folder = new();
        File.Copy(Path.Combine(vae, "diffusion_pytorch_model.bin"), folder.File("diffusion_pytorch_model.bin"));
        (string source, string target) = Assert.Single(PickleConverter.Plan(folder.Path));
        Assert.Equal(folder.File("diffusion_pytorch_model.safetensors"), target);
        int count = PickleConverter.Convert(source, target);

        using DisposeScope scope = NewDisposeScope();
        using SafetensorsFile expected = SafetensorsFile.Open(Path.Combine(vae, "diffusion_pytorch_model.safetensors"));
        using SafetensorsFile actual = SafetensorsFile.Open(target);
        Assert.Equal(expected.Names.Count, count);
        Assert.Equal(expected.Names.Order(StringComparer.Ordinal), actual.Names.Order(StringComparer.Ordinal));
        foreach (string name in expected.Names)
        {
            Assert.Equal(expected.Info(name).Shape, actual.Info(name).Shape);
            Assert.True(expected.Bytes(name).SequenceEqual(actual.Bytes(name)), name);
        }
    }

    [Fact]
    public void Views_nested_tables_and_state_dict_are_understood()
    {
        using TemporaryFolder folder = new();
        // {"state_dict": {"proj": {"w": a 2x2 transposed view of storage 0 from element 1, "b": the last two of it}}, "epoch": 3}
        MemoryStream pickle = new();
        Write(pickle, "\x80\x02}(X\x0a\0\0\0state_dict}X\x04\0\0\0proj}(X\x01\0\0\0w");
        WriteTensor(pickle, "0", 6, offset: 1, "K\x02K\x02\x86", "K\x01K\x02\x86");
        Write(pickle, "X\x01\0\0\0b");
        WriteTensor(pickle, "0", 6, offset: 4, "K\x02\x85", "K\x01\x85");
        Write(pickle, "usX\x05\0\0\0epochK\x03u.");
        // "s" above puts proj into state_dict; the outer "u" closes the mark of the root.
        string path = folder.File("adapter.bin");
        WriteArchive(path, pickle.ToArray(), ("0", Floats(0, 1, 2, 3, 4, 5)));
        PickleConverter.Convert(path, folder.File("adapter.safetensors"));
        using SafetensorsFile file = SafetensorsFile.Open(folder.File("adapter.safetensors"));
        Assert.Equal(["proj.b", "proj.w"], file.Names.Order(StringComparer.Ordinal));
        Assert.Equal([1, 3, 2, 4], file.ReadDoubles("proj.w"));
        Assert.Equal([4, 5], file.ReadDoubles("proj.b"));
    }

    [Theory]
    [InlineData("cposix\nsystem\n(X\x04\0\0\0true\x85R.", "posix.system")]
    [InlineData("c__builtin__\neval\n(X\x01\0\0\0\x31tR.", "__builtin__.eval")]
    [InlineData("X\x02\0\0\0osX\x06\0\0\0system\x93)R.", "os.system")]
    [InlineData("(X\x02\0\0\0lsios\nsystem\n.", "operation 0x69")]
    [InlineData("ctorch\nload\n.", "torch.load")]
    [InlineData("ctorch.storage\n_load_from_bytes\n.", "_load_from_bytes")]
    [InlineData("c collections\nOrderedDict\n.", "OrderedDict")]
    [InlineData(")\x81.", "operation 0x81")]
    public void Whatever_is_more_than_tensors_is_refused_by_name(string pickle, string named)
    {
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => PickleReader.Read(Encoding.Latin1.GetBytes(pickle), "evil.bin"));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, 0, 7)]
    [InlineData(6, 3, 4)]
    [InlineData(6, 255, 1)]
    public void A_tensor_beyond_its_storage_is_refused(byte elements, byte offset, byte size)
    {
        MemoryStream pickle = new();
        WriteTensor(pickle, "0", elements, offset, $"K{(char)size}\x85", "K\x01\x85");
        Write(pickle, ".");
        Assert.Throws<ModelFormatException>(() => PickleReader.Read(pickle.ToArray(), "x"));
    }

    [Fact]
    public void Repeated_elements_cannot_blow_a_small_file_up()
    {
        MemoryStream pickle = new();
        WriteTensor(pickle, "0", 1, 0, "J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", "K\0K\0\x86");
        Write(pickle, ".");
        Assert.Throws<ModelFormatException>(() => PickleReader.Read(pickle.ToArray(), "x"));
    }

    [Fact]
    public void A_compressed_entry_is_refused()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("bomb.bin");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using Stream entry = zip.CreateEntry("archive/data.pkl", CompressionLevel.SmallestSize).Open();
            entry.Write(new byte[1 << 20]);
        }

        Assert.Throws<ModelFormatException>(() => PickleConverter.Convert(path, folder.File("out.safetensors")));
        Assert.False(File.Exists(folder.File("out.safetensors")));
    }

    [Fact]
    public void A_file_of_another_kind_is_refused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.File("a.bin"), "not a zip file");
        Assert.Throws<ModelFormatException>(() => PickleConverter.Convert(folder.File("a.bin"), folder.File("a.safetensors")));
    }

    [Fact]
    public void Changed_pickles_are_read_or_refused_never_a_crash()
    {
        MemoryStream pickle = new();
        Write(pickle, "\x80\x02}(");
        for (int i = 0; i < 20; i++)
        {
            Write(pickle, $"X\x01\0\0\0{(char)('a' + i)}q{(char)i}");
            WriteTensor(pickle, "0", 40, (byte)i, "K\x03K\x02\x86", "K\x02K\x01\x86");
        }

        Write(pickle, "u.");
        byte[] good = pickle.ToArray();
        Assert.Equal(20, ((Dictionary<string, object?>)PickleReader.Read(good, "good")!).Count);
        Gen<(int At, int Value)> change = from at in Gen.Choose(0, good.Length - 1) from value in Gen.Choose(0, 255) select (at, value);
        Prop.ForAll(change.NonEmptyListOf().ToArbitrary(), changes =>
        {
            byte[] bytes = (byte[])good.Clone();
            foreach ((int at, int value) in changes)
            {
                bytes[at] = (byte)value;
            }

            try
            {
                PickleReader.Read(bytes, "changed");
            }
            catch (ModelFormatException)
            {
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Shards_and_their_index_are_converted()
    {
        using TemporaryFolder folder = new();
        foreach (string shard in new[] { "1", "2" })
        {
            MemoryStream pickle = new();
            Write(pickle, $"}}X\x01\0\0\0{shard}");
            WriteTensor(pickle, "0", 2, 0, "K\x02\x85", "K\x01\x85");
            Write(pickle, "s.");
            WriteArchive(folder.File($"pytorch_model-0000{shard}-of-00002.bin"), pickle.ToArray(), ("0", Floats(1, 2)));
        }

        File.WriteAllText(folder.File("pytorch_model.bin.index.json"), "{\"weight_map\":{\"1\":\"pytorch_model-00001-of-00002.bin\",\"2\":\"pytorch_model-00002-of-00002.bin\"}}");
        foreach ((string source, string target) in PickleConverter.Plan(folder.Path))
        {
            PickleConverter.Convert(source, target);
        }

        Assert.Equal(folder.File("model.safetensors.index.json"), PickleConverter.ConvertIndex(folder.Path));
        using CheckpointWeights weights = CheckpointDirectory.Open(folder.Path, CheckpointDirectory.Transformers);
        Assert.Equal(["1", "2"], weights.Names.Order(StringComparer.Ordinal));
    }

    private static void WriteTensor(MemoryStream pickle, string key, byte elements, byte offset, string shape, string strides) =>
        Write(pickle, "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\n"
            + $"X\x01\0\0\0{key}X\x03\0\0\0cpuK{(char)elements}tQK{(char)offset}{shape}{strides}\u0089ccollections\nOrderedDict\n)RtR");

    private static void Write(MemoryStream stream, string latin) => stream.Write(Encoding.Latin1.GetBytes(latin));

    private static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static void WriteArchive(string path, byte[] pickle, params (string Key, byte[] Data)[] storages)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, byte[] data) in storages.Select(s => ($"archive/data/{s.Key}", s.Data)).Prepend(("archive/data.pkl", pickle)))
        {
            using Stream entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
            entry.Write(data);
        }
    }
}
