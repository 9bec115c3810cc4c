using Pipeline.Models.Generation;
using static TorchSharp.torch;

namespace Pipeline.Models.Tests.Generation;

public sealed class KeyValueCacheTests
{
    [Fact]
    public void What_was_appended_is_read_back_also_after_growing()
    {
        using var scope = NewDisposeScope();
        using var cache = new KeyValueCache(2, expectedLength: 3);
        var all = Tensors.Noise(1, 2, 2, 11, 4);
        for (var at = 0; at < 11; at++)
        {
            var part = all.narrow(2, at, 1);
            for (var layer = 0; layer < 2; layer++)
            {
                var (keys, values) = cache.Append(layer, part + layer, part * 2.0);
                Tensors.AssertClose(all.narrow(2, 0, at + 1) + layer, keys, 0);
                Tensors.AssertClose(all.narrow(2, 0, at + 1) * 2.0, values, 0);
            }

            cache.Commit(1);
        }

        Assert.Equal(11, cache.Length);
    }

    [Fact]
    public void Truncated_positions_are_written_anew()
    {
        using var scope = NewDisposeScope();
        using var cache = new KeyValueCache(1, 8);
        var first = Tensors.Noise(1, 1, 1, 5, 2);
        cache.Append(0, first, first);
        cache.Commit(5);
        cache.Truncate(2);
        var second = Tensors.Noise(2, 1, 1, 1, 2);
        var (keys, _) = cache.Append(0, second, second);
        Tensors.AssertClose(cat([first.narrow(2, 0, 2), second], 2), keys, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(3));
    }

    [Fact]
    public void Reordering_moves_only_what_lies_behind_the_shared_part()
    {
        using var scope = NewDisposeScope();
        using var cache = new KeyValueCache(1, 8);
        var data = Tensors.Noise(3, 3, 1, 4, 2);
        cache.Append(0, data, data);
        cache.Commit(4);
        cache.Reorder([2, 0, 0], from: 1);
        var next = Tensors.Noise(4, 3, 1, 1, 2);
        var (keys, _) = cache.Append(0, next, next);
        var moved = data.index_select(0, tensor(new long[] { 2, 0, 0 }));
        Tensors.AssertClose(cat([data.narrow(2, 0, 1), moved.narrow(2, 1, 3), next], 2), keys, 0);
    }

    [Fact]
    public void Expanding_and_forking_repeat_the_rows()
    {
        using var scope = NewDisposeScope();
        using var cache = new KeyValueCache(1, 2);
        var data = Tensors.Noise(5, 1, 2, 3, 2);
        cache.Append(0, data, data);
        cache.Commit(3);
        using var fork = cache.Fork(3, 2);
        cache.Expand(3);
        var next = Tensors.Noise(6, 3, 2, 1, 2);
        var expected = cat([data.expand(3, -1, -1, -1), next], 2);
        Tensors.AssertClose(expected, cache.Append(0, next, next).Keys, 0);
        Tensors.AssertClose(expected, fork.Append(0, next, next).Values, 0);
        Assert.Equal(3, fork.Length);
    }

    [Fact]
    public void No_tensor_is_left_behind() => Tensors.AssertNothingLeft(() =>
    {
        using var scope = NewDisposeScope();
        using var cache = new KeyValueCache(2, 1);
        for (var i = 0; i < 5; i++)
        {
            var data = Tensors.Noise(i, 1, 1, 2, 2);
            cache.Append(0, data, data);
            cache.Append(1, data, data);
            cache.Commit(2);
        }

        using var fork = cache.Fork(2, 20);
        cache.Expand(2);
        cache.Reorder([1, 0], 1);
    });
}
