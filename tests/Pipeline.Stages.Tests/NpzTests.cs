using Pipeline.Contracts.Errors;
using Pipeline.Diffusion.Inversion;
using Pipeline.Stages.Inversion;
using Pipeline.Stages.Pictures;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Stages.Tests;

[Collection("tensors")]
public sealed class NpzTests
{
    [Fact]
    public void Arrays_come_back_and_equal_arrays_have_equal_bytes_in_whatever_order()
    {
        (string, float[], long[]) a = ("path", [1, 2, 3, 4, 5, 6], [2, 3]), b = ("losses", [float.NaN, -1], [2]);
        byte[] file = Npz.Write([a, b]);
        Assert.Equal(file, Npz.Write([b, a]));
        var read = Npz.Read(file);
        Assert.Equal(["losses", "path"], read.Select(r => r.Name));
        Assert.Equal([2, 3], read[1].Shape);
        Assert.Equal(a.Item2, read[1].Values);
        Assert.True(float.IsNaN(read[0].Values[0]));
    }

    [Fact]
    public void An_artefact_comes_back_with_its_values()
    {
        using var scope = NewDisposeScope();
        using var artefact = new InversionArtefact(("path", randn(3, 4, 2, 2)), ("embeddings", randn(2, 5)));
        using InversionArtefact read = StoredInversion.Read(StoredInversion.Write(artefact), CPU);
        Assert.Equal(artefact.Names, read.Names);
        Assert.All(artefact.Names, n => Assert.True(artefact[n].eq(read[n]).all().ToBoolean()));
    }

    [Fact]
    public void Broken_and_bloated_files_are_refused()
    {
        byte[] file = Npz.Write([("path", new float[100], [100])]);
        for (int length = 0; length < file.Length; length += 7)
        {
            Assert.Throws<PipelineException>(() => Npz.Read(file[..length]));
        }

        using var buffer = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(buffer, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            using Stream stream = archive.CreateEntry("bomb.npy", System.IO.Compression.CompressionLevel.SmallestSize).Open();
            stream.Write(new byte[10_000_000]);
        }

        Assert.Contains("compressed", Assert.Throws<PipelineException>(() => Npz.Read(buffer.ToArray())).Message);
        Assert.Throws<ArgumentException>(() => Npz.Write([("../path", [1], [1])]));
    }
}
