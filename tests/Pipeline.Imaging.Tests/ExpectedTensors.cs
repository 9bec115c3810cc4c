using System.Buffers.Binary;
using System.Text.Json;

namespace Pipeline.Imaging.Tests;

/// <summary>Just enough of a safetensors reader for the uint8 tensors of the resize goldens; this room may not know Pipeline.Models.</summary>
internal static class ExpectedTensors
{
    internal static IEnumerable<(string Name, byte[] Data)> ReadBytes(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using JsonDocument json = JsonDocument.Parse(file.AsMemory(8, header));
        foreach (JsonProperty tensor in json.RootElement.EnumerateObject().Where(p => p.Name != "__metadata__"))
        {
            int[] range = [.. tensor.Value.GetProperty("data_offsets").EnumerateArray().Select(v => v.GetInt32())];
            Assert.Equal("U8", tensor.Value.GetProperty("dtype").GetString());
            yield return (tensor.Name, file[(8 + header + range[0])..(8 + header + range[1])]);
        }
    }
}
