using FsCheck;
using FsCheck.Fluent;
using Pipeline.Contracts.Errors;
using Pipeline.Stages.Collecting;
using Pipeline.Stages.Pictures;

namespace Pipeline.Stages.Tests;

public sealed class NpyTests
{
    [Theory]
    [InlineData(new long[] { 6 })]
    [InlineData(new long[] { 1, 3, 2 })]
    [InlineData(new long[] { 2, 0 })]
    public void An_array_comes_back(long[] shape)
    {
        float[] values = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (i * 1.5f) - 2)];
        byte[] file = Npy.Write(values, shape);
        Assert.Equal(0, (file.Length - (values.Length * 4)) % 64);
        (float[] read, long[] readShape) = Npy.Read(file);
        Assert.Equal(values, read);
        Assert.Equal(shape, readShape);
    }

    [Fact]
    public void No_bytes_make_the_reader_fail_in_another_way_than_its_own() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            noise =>
            {
                byte[] valid = Npy.Write(new float[3], [3]);
                foreach (byte[] file in new[] { noise, [.. valid, .. noise], [.. valid[..Math.Min(noise.Length * 7, valid.Length)], .. noise] })
                {
                    try
                    {
                        _ = Npy.Read(file);
                    }
                    catch (PipelineException e) when (e.Code == ErrorCodes.ArtefactFormat)
                    {
                    }
                }

                return true;
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_shape_beyond_the_memory_is_refused()
    {
        byte[] file = Npy.Write(new float[1], [1]);
        string text = System.Text.Encoding.Latin1.GetString(file).Replace("(1,), }" + new string(' ', 13), "(999999999,99999), }", StringComparison.Ordinal);
        Assert.Throws<PipelineException>(() => Npy.Read(System.Text.Encoding.Latin1.GetBytes(text)));
    }

    [Fact]
    public void File_names_are_safe_and_different_names_stay_different() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(NonNull<string>, NonNull<string>)>(),
            names =>
            {
                (string a, string b) = (names.Item1.Get, names.Item2.Get);
                string x = FileNames.Encode(a);
                bool safe = x.Length <= 120 && !x.StartsWith('.') && x.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '%' or '~');
                string normalA = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(a));
                string normalB = System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(b));
                return safe && (normalA == normalB) == (x == FileNames.Encode(b)) && FileNames.Encode(new string('x', 300) + a).Length == 117;
            }).QuickCheckThrowOnFailure();
}
