using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class IndexingTests
{
    [Fact]
    public void Numbers_and_ranges_select_as_in_Python()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = arange(24).view(2, 3, 4);
        Assert.Equal([4, 5, 6, 7], Longs(x[0, 1]));
        Assert.Equal(23, x[-1, -1, -1].ToInt64());
        Assert.Equal([1, 2], Longs(x[0, 0, 1..3]));
        Assert.Equal([3, 7, 11], Longs(x[0, .., ^1]));
        Assert.Equal([2, 3, 2], x[TensorIndex.Ellipsis, TensorIndex.Slice(null, null, 2)].shape);
        Assert.Equal([2, 1, 3, 4], x[TensorIndex.Colon, TensorIndex.None].shape);
        Assert.Equal([0, 12], Longs(x[TensorIndex.Ellipsis, 0, 0]));
        Assert.Equal([20, 21, 22, 23], Longs(x[^1, ^1]));
    }

    [Fact]
    public void Index_tensors_and_masks_select_copies()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = arange(12).view(3, 4);
        Tensor rows = tensor(new long[] { 2, 0 });
        Assert.Equal([8, 9, 10, 11, 0, 1, 2, 3], Longs(x[rows]));
        Assert.Equal([9, 1], Longs(x[TensorIndex.Tensor(rows), 1]));
        Assert.Equal([8, 10, 0, 2], Longs(x[TensorIndex.Tensor(rows), TensorIndex.Slice(0, null, 2)]));
        Assert.Equal([7, 8, 9, 10, 11], Longs(x[x > 6]));
        Assert.Equal([10, 3], Longs(x[rows, tensor(new long[] { 2, 3 })]));
        Tensor cube = arange(24).view(2, 3, 4);
        Tensor mask = tensor(new[,] { { true, false, false }, { false, false, true } });
        Assert.Equal([0, 20], Longs(cube[TensorIndex.Tensor(mask), 0]));
    }

    [Fact]
    public void Assigning_writes_through_views_and_index_tensors()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = zeros([3, 4], ScalarType.Int64);
        x[0] = tensor(1L);
        x[1, 1..3] = tensor(new long[] { 5, 6 });
        x[TensorIndex.Tensor(tensor(new long[] { 2 })), TensorIndex.Tensor(tensor(new long[] { 3 }))] = tensor(9L);
        x[2, 0] = tensor(new long[,] { { 7 } });
        Assert.Equal([1, 1, 1, 1, 0, 5, 6, 0, 7, 0, 0, 9], Longs(x));
        x.index_put_(4, x > 5);
        Assert.Equal([1, 1, 1, 1, 0, 5, 4, 0, 4, 0, 0, 4], Longs(x));
        x.index_put_(tensor(1L), [tensor(new long[] { 0, 0 }), tensor(new long[] { 0, 0 })], true);
        Assert.Equal(3, x[0, 0].ToInt64());
    }

    [Fact]
    public void Indexing_leaves_no_tensor_behind()
    {
        using Tensor x = arange(24).view(2, 3, 4);
        using Tensor mask = x > 3;
        long before = LiveTensors.Settled();
        x[1, 2, 3].Dispose();
        x[.., 1, TensorIndex.None].Dispose();
        x[TensorIndex.Tensor(mask)].Dispose();
        x[TensorIndex.Bool(true), 0].Dispose();
        using (Tensor value = tensor(5L))
        {
            x[0, 1..] = value;
        }

        x.index_put_(1, mask);
        LiveTensors.AssertBackTo(before);
    }

    [Fact]
    public void Too_many_indices_are_an_error_in_words() =>
        Assert.Contains("rank 1", Assert.Throws<ArgumentException>(() => arange(3)[0, 1..]).Message, StringComparison.Ordinal);

    [Fact]
    public void A_slice_is_what_an_array_slice_is() => Prop.ForAll<int, int, int>((length, a, b) =>
    {
        int n = 1 + (int)((uint)length % 20);
        int from = (int)((uint)a % (n + 1));
        int to = from + (int)((uint)b % (n - from + 1));
        using Tensor x = arange(n);
        using Tensor part = x[from..to];
        using Tensor tail = x[^(n - from)..];
        IEnumerable<long> all = Enumerable.Range(0, n).Select(k => (long)k);
        return part.data<long>().ToArray().SequenceEqual(all.Skip(from).Take(to - from)) && tail.data<long>().ToArray().SequenceEqual(all.Skip(from));
    }).QuickCheckThrowOnFailure();

    private static long[] Longs(Tensor tensor)
    {
        using TorchSharp.Utils.TensorAccessor<long> data = tensor.data<long>();
        return data.ToArray();
    }
}
