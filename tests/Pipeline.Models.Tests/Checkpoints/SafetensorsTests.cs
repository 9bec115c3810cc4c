using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Models.Checkpoints;
using Pipeline.TestKit;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Checkpoints;

public sealed class SafetensorsTests
{
    [Fact]
    public void Every_type_and_shape_comes_back_as_written()
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = NewDisposeScope();
        string path = folder.File("all.safetensors");
        List<(string Name, Tensor Value)> tensors =
        [
            ("bool", tensor(new[] { true, false, true })),
            ("u8", arange(7, ScalarType.Byte)),
            ("i8", arange(-3, 4, ScalarType.Int8)),
            ("i16", arange(-300, 300, ScalarType.Int16)),
            ("i32", arange(0, 5, ScalarType.Int32)),
            ("i64", tensor(new[] { long.MinValue, long.MaxValue })),
            ("half", randn(3, 5).to(ScalarType.Float16)),
            ("brain", randn(5, 3).to(ScalarType.BFloat16)),
            ("single", randn(2, 3, 4)),
            ("double", randn(2, 2).to(ScalarType.Float64)),
            ("scalar", tensor(2.5f)),
            ("empty", zeros(0, 4)),
            ("transposed", randn(4, 6).transpose(0, 1)),
        ];
        SafetensorsWriter.Write(path, tensors, new Dictionary<string, string> { ["format"] = "pt" });

        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(tensors.Select(t => t.Name).Order(), file.Names.Order());
        foreach ((string name, Tensor value) in tensors)
        {
            Tensor read = file.ReadTensor(name);
            Assert.Equal(value.shape, read.shape);
            Assert.Equal(value.dtype, read.dtype);
            Assert.True(value.numel() == 0 || value.equal(read).all().item<bool>(), name);
        }
    }

    [Fact]
    public void Tensors_outlive_the_file_object_and_writing_to_them_does_not_touch_the_file()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("t.safetensors");
        using (Tensor ones = torch.ones(4096))
        {
            SafetensorsWriter.Write(path, [("t", ones)]);
        }

        byte[] before = File.ReadAllBytes(path);
        Tensor read;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            read = file.ReadTensor("t");
        }

        using (read)
        {
            Assert.Equal(4096, read.sum().item<float>());
            read.add_(1.0);
            Assert.Equal(8192, read.sum().item<float>());
        }

        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float64)]
    public void Other_types_are_converted_exactly_over_several_blocks(ScalarType stored)
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = NewDisposeScope();
        string path = folder.File("t.safetensors");
        // More than one block of 8 MiB, and not a whole number of blocks.
        Tensor values = arange(0, (5L << 20) + 7, ScalarType.Float32).remainder(2039.0).sub(1000.0).to(stored);
        SafetensorsWriter.Write(path, [("t", values)]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Tensor read = file.ReadTensor("t", CPU, ScalarType.Float32);
        Assert.Equal(ScalarType.Float32, read.dtype);
        Assert.True(read.equal(values.to(ScalarType.Float32)).all().item<bool>());
    }

    [Fact]
    public void Data_that_is_not_aligned_is_read_all_the_same()
    {
        using TemporaryFolder folder = new();
        string header = "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[3,11]}}";
        byte[] data = new byte[11];
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(3), 1.5f);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(7), -2f);
        string path = folder.File("odd.safetensors");
        File.WriteAllBytes(path, FileOf(header, data));
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using Tensor read = file.ReadTensor("b");
        Assert.Equal([1.5f, -2f], read.data<float>().ToArray());
        using Tensor half = file.ReadTensor("b", CPU, ScalarType.Float16);
        Assert.Equal(ScalarType.Float16, half.dtype);
    }

    [Theory]
    [InlineData("not json", 0, "not valid JSON")]
    [InlineData("[]", 0, "expected StartObject")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "does not fill")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "cut off")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "lies at")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4, "whole numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,8],\"data_offsets\":[0,0]}}", 0, "does not fill")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,0]}}", 0, "whole numbers")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,0]}}", 0, "whole numbers")]
    [InlineData("{\"a\":{\"dtype\":\"Q4_K\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "unknown type")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "appears twice")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}", 6, "overlaps")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "gap")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 9, "belong to nothing")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "needs dtype")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "twice")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "expected String")]
    [InlineData("{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":{}}}}}}}}}}", 0, "unknown entry")]
    [InlineData("{} {}", 0, "not valid JSON")]
    public void A_bad_header_is_refused_with_its_reason(string header, int dataLength, string reason)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("bad.safetensors");
        File.WriteAllBytes(path, FileOf(header, new byte[dataLength]));
        ModelFormatException error = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(path));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 0, 0, 0 })]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, 123, 125 })]
    [InlineData(new byte[] { 200, 0, 0, 0, 0, 0, 0, 0, 123, 125 })]
    public void A_file_too_short_for_its_header_is_refused(byte[] bytes)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("short.safetensors");
        File.WriteAllBytes(path, bytes);
        Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(path));
    }

    [Fact]
    public void A_missing_file_is_refused() => Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open("/nowhere/model.safetensors"));

    [Fact]
    public void Changed_headers_are_read_or_refused_never_a_crash()
    {
        byte[] good = Encoding.UTF8.GetBytes(
            "{\"__metadata__\":{\"format\":\"pt\"},\"a.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},\"b\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[16,24]}}");
        Gen<(int At, byte Value)> change = from at in Gen.Choose(0, good.Length - 1)
                                           from value in Gen.OneOf(Gen.Choose(0, 255), Gen.Elements("0123456789-eE.[]{},:\"\\u".Select(c => (int)c)))
                                           select (at, (byte)value);
        Prop.ForAll(change.NonEmptyListOf().ToArbitrary(), changes =>
        {
            byte[] bytes = (byte[])good.Clone();
            foreach ((int at, byte value) in changes)
            {
                bytes[at] = value;
            }

            try
            {
                SafetensorsHeader header = SafetensorsHeader.Parse(bytes, 8 + bytes.Length, 8 + bytes.Length + 24, "changed");
                // What is accepted owns every data byte exactly once.
                return header.Names.Sum(n => header.ByName[n].ByteLength) == 24;
            }
            catch (ModelFormatException)
            {
                return true;
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    [Fact]
    public void Reading_leaves_no_tensor_behind()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("t.safetensors");
        using (Tensor values = randn(10, 10))
        {
            SafetensorsWriter.Write(path, [("a", values)]);
        }

        long before = LiveTensors.Settled();
        using (CheckpointWeights weights = CheckpointWeights.OpenFile(path, new WeightOptions(Dtype: ScalarType.Float16)))
        {
            weights.Take("a", [10, 10], default).Dispose();
        }

        LiveTensors.AssertBackTo(before);
    }

    internal static byte[] FileOf(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        data.CopyTo(file, 8 + json.Length);
        return file;
    }
}
