using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class TensorTests
{
    [Fact]
    public void Managed_elements_go_in_and_come_out_unchanged()
    {
        Check([1f, -2.5f, float.PositiveInfinity], ScalarType.Float32, a => tensor(a));
        Check([1.0, -2.5, double.Epsilon], ScalarType.Float64, a => tensor(a));
        Check([1L, long.MinValue], ScalarType.Int64, a => tensor(a));
        Check([1, int.MinValue], ScalarType.Int32, a => tensor(a));
        Check([(short)-3, (short)7], ScalarType.Int16, a => tensor(a));
        Check([(byte)255, (byte)0], ScalarType.Byte, a => tensor(a));
        Check([(sbyte)-128, (sbyte)1], ScalarType.Int8, a => tensor(a));
        Check([true, false, true], ScalarType.Bool, a => tensor(a));
        Check([(Half)0.5, Half.NaN], ScalarType.Float16, a => tensor(a));

        static void Check<T>(T[] elements, ScalarType type, Func<T[], Tensor> make)
            where T : struct
        {
            using Tensor made = make(elements);
            Assert.Equal(type, made.dtype);
            using TorchSharp.Utils.TensorAccessor<T> data = made.data<T>();
            Assert.Equal(elements, data.ToArray());
            Assert.Equal(elements, data.Select(e => e));
        }
    }

    [Fact]
    public void Arrays_of_several_ranks_keep_their_shape()
    {
        using Tensor matrix = tensor(new[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([2, 3], matrix.shape);
        using Tensor transposed = matrix.t();
        using TorchSharp.Utils.TensorAccessor<int> data = transposed.data<int>();
        Assert.Equal([1, 4, 2, 5, 3, 6], data.ToArray());
        Assert.Equal(6, data[2, 1]);
        Assert.Equal(new[,] { { 1, 4 }, { 2, 5 }, { 3, 6 } }, data.ToNDArray());
        data[0, 1] = 40;
        Assert.Equal(40, matrix[1, 0].ToInt32());
    }

    [Fact]
    public void An_accessor_copies_parts_in_both_directions_also_through_a_view()
    {
        using Tensor numbers = arange(6, ScalarType.Float32).view(2, 3);
        using Tensor columns = numbers.t(); // [3, 2], not contiguous
        using TorchSharp.Utils.TensorAccessor<float> data = columns.data<float>();
        float[] middle = new float[3];
        data.CopyTo(middle, 0, 2);
        Assert.Equal([1, 4, 2], middle);
        data.CopyFrom(new float[] { 9, 8 }, 0, 1);
        using TorchSharp.Utils.TensorAccessor<float> rows = numbers.data<float>();
        Assert.Equal([0, 8, 2, 9, 4, 5], rows.ToArray());
    }

    [Fact]
    public void Bytes_stream_out_and_in()
    {
        using Tensor source = randn([3, 70000]);
        using MemoryStream stream = new();
        using Tensor transposed = source.t();
        transposed.WriteBytesToStream(stream);
        Assert.Equal(3 * 70000 * 4, stream.Length);
        stream.Position = 0;
        using Tensor target = empty(70000, 3);
        target.ReadBytesFromStream(stream);
        Assert.True(target.allclose(transposed, 0, 0));
        Assert.Throws<EndOfStreamException>(() => target.ReadBytesFromStream(stream));
    }

    [Fact]
    public void The_number_of_elements_must_fit_the_shape() =>
        Assert.Contains("[2, 2]", Assert.Throws<ArgumentException>(() => tensor(new float[3], [2, 2])).Message, StringComparison.Ordinal);

    [Fact]
    public void Types_of_new_tensors_are_the_default_unless_said()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(ScalarType.Float32, zeros(2).dtype);
        Assert.Equal(ScalarType.Int64, arange(3).dtype);
        Assert.Equal(ScalarType.Float32, arange(0, 1, 0.5).dtype);
        Assert.Equal(ScalarType.Int64, randint(10, new long[] { 3 }).dtype);
        Assert.Equal(ScalarType.Float32, full([2], 1.5).dtype);
        Assert.Equal(ScalarType.Int64, full([2], 1).dtype);
        Assert.Equal(ScalarType.Float64, tensor(1.5).dtype);
        Assert.Equal(ScalarType.Float32, tensor(1.5f).dtype);
        Assert.Equal(ScalarType.Bool, (ones(2) > 0).dtype);
        Assert.Equal(ScalarType.Float32, (ones(2, ScalarType.Int64) / 2).dtype);
        Assert.Equal(ScalarType.Float32, (ones(2) * 2.0).dtype);
        Assert.Equal(ScalarType.Int64, (ones(2, ScalarType.Int64) * 2).dtype);
    }

    [Fact]
    public void Numbers_stand_on_either_side_of_an_operator()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(new[] { 1.0, 4.0 });
        Assert.Equal([3.0, 6.0], Values(x + 2));
        Assert.Equal([1.0, -2.0], Values(2 - x));
        Assert.Equal([2.0, 0.5], Values(2 / x));
        Assert.Equal([0.5, 2.0], Values(x / 2));
        Assert.Equal([-1.0, -4.0], Values(-x));
        Assert.Equal([1.0, 1.0], Values(x % 3));
        Assert.Equal([false, true], (x > 2).data<bool>().ToArray());
        Assert.Equal([true, false], (2 > x).data<bool>().ToArray());
    }

    [Fact]
    public void In_place_operators_return_the_same_object()
    {
        using Tensor x = ones(2);
        long before = LiveTensors.Settled();
        Assert.Same(x, x.add_(1).mul_(3).clamp_(0, 5));
        LiveTensors.AssertBackTo(before);
        Assert.Equal([5f, 5f], x.data<float>().ToArray());
    }

    [Fact]
    public void A_conversion_that_changes_nothing_gives_an_object_of_its_own()
    {
        Tensor x = ones(2);
        using Tensor same = x.to(ScalarType.Float32);
        Assert.NotSame(x, same);
        x.Dispose();
        Assert.Equal(2, same.numel());
        Tensor y = ones(2);
        using Tensor half = y.to(ScalarType.Float16, disposeAfter: true);
        Assert.True(y.IsInvalid);
        Assert.Equal(2, half.element_size());
    }

    [Fact]
    public void Lists_of_results_of_any_length_arrive()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] parts = arange(40).chunk(40);
        Assert.Equal(Enumerable.Range(0, 40).Select(k => (long)k), parts.Select(p => p.ToInt64()));
        Assert.Equal([10, 12, 18], arange(40).split([10, 12, 18]).Select(p => p.numel()));
    }

    [Fact]
    public void The_same_seed_gives_Pythons_numbers()
    {
        // torch.manual_seed(0); torch.randn(3)  and  torch.randn(3, generator=torch.Generator().manual_seed(42))
        using Generator seeded = new(42);
        using Tensor own = randn([3], generator: seeded);
        Assert.Equal([0.3367f, 0.1288f, 0.2345f], own.data<float>().ToArray().Select(v => MathF.Round(v, 4)));
        using Generator global = manual_seed(0);
        using Tensor drawn = randn(3);
        Assert.Equal([1.5410f, -0.2934f, -2.1788f], drawn.data<float>().ToArray().Select(v => MathF.Round(v, 4)));
    }

    [Fact]
    public void A_generators_state_can_be_kept_and_given_back()
    {
        using Generator generator = new(7);
        using Tensor state = generator.get_state();
        using Tensor first = rand([5], generator: generator);
        generator.set_state(state);
        using Tensor again = rand([5], generator: generator);
        Assert.True(first.allclose(again, 0, 0));
        Assert.Equal(7, generator.initial_seed());
    }

    [Fact]
    public void Text_shows_shape_type_and_device()
    {
        using Tensor x = zeros(2, 3);
        Assert.Equal("[2x3], type = Float32, device = cpu", x.ToString());
    }

    [Fact]
    public void Adding_tensors_of_any_shapes_follows_the_broadcasting_rules() => Prop.ForAll(Shapes().ToArbitrary(), Shapes().ToArbitrary(), (left, right) =>
    {
        using Tensor a = ones(left);
        using Tensor b = ones(right);
        long[]? expected = Broadcast(left, right);
        if (expected is null)
        {
            return Record.Exception(() => a + b) is System.Runtime.InteropServices.ExternalException;
        }

        using Tensor sum = a + b;
        using Tensor total = sum.sum();
        return sum.shape.SequenceEqual(expected) && total.ToDouble() == 2.0 * sum.numel();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Reshaping_there_and_back_changes_nothing() => Prop.ForAll(Shapes().ToArbitrary(), shape =>
    {
        using Tensor x = randn(shape);
        using Tensor flat = x.reshape(-1);
        using Tensor back = flat.view(shape);
        using Tensor reversed = x.permute([.. Enumerable.Range(0, shape.Length).Reverse().Select(d => (long)d)]);
        return back.allclose(x, 0, 0) && flat.numel() == shape.Aggregate(1L, (p, s) => p * s) && reversed.shape.SequenceEqual(shape.Reverse());
    }).QuickCheckThrowOnFailure();

    private static double[] Values(Tensor tensor) => tensor.data<double>().ToArray();

    private static Gen<long[]> Shapes() => Gen.Choose(0, 4).SelectMany(rank => Gen.ArrayOf(Gen.Choose(1, 3).Select(n => (long)n), rank));

    private static long[]? Broadcast(long[] left, long[] right)
    {
        long[] result = new long[Math.Max(left.Length, right.Length)];
        for (int k = 1; k <= result.Length; k++)
        {
            long a = k <= left.Length ? left[^k] : 1;
            long b = k <= right.Length ? right[^k] : 1;
            if (a != b && a != 1 && b != 1)
            {
                return null;
            }

            result[^k] = Math.Max(a, b);
        }

        return result;
    }
}
