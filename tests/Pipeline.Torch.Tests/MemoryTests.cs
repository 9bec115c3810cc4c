using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pipeline.TestKit;
using TorchSharp.Native;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class MemoryTests
{
    [Fact]
    public void Running_a_network_twenty_times_leaves_as_many_tensors_and_bytes_as_before()
    {
        using SmallNetwork network = new();
        Sample(network);
        (long Count, long Bytes) before = (LiveTensors.Settled(), NativeEngine.LiveBytes);
        for (int k = 0; k < 20; k++)
        {
            Sample(network);
            Assert.Equal(before, (Tensor.TotalCount, NativeEngine.LiveBytes));
        }
    }

    [Fact]
    public void Live_bytes_follow_an_allocation_and_its_end()
    {
        _ = LiveTensors.Settled();
        long before = NativeEngine.LiveBytes;
        Tensor big = zeros(1 << 20);
        Assert.InRange(NativeEngine.LiveBytes - before, 4 << 20, (4 << 20) + 65536);
        using Tensor view = big[..10];
        big.Dispose();
        Assert.InRange(NativeEngine.LiveBytes - before, 4 << 20, (4 << 20) + 65536);
        view.Dispose();
        Assert.InRange(NativeEngine.LiveBytes - before, 0, 1024);
    }

    [Fact]
    public void The_collector_hears_of_native_memory_in_large_steps()
    {
        _ = LiveTensors.Settled();
        long before = MemoryPressure.Told;
        using (Tensor big = zeros(64 << 20))
        {
            Assert.InRange(MemoryPressure.Told - before, 192L << 20, 320L << 20);
        }

        Assert.InRange(MemoryPressure.Told - before, -(64L << 20), 64L << 20);
    }

    [Fact]
    public void Forgotten_tensors_are_freed_by_the_collector()
    {
        long before = LiveTensors.Settled();
        Forget(50);
        for (int k = 0; k < 20 && Tensor.TotalCount > before; k++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.InRange(Tensor.TotalCount, 0, before);
    }

    [Fact]
    public void The_peak_never_falls_and_is_at_least_the_count()
    {
        long peak = Tensor.PeakCount;
        Tensor[] many = [.. Enumerable.Range(0, (int)(peak - Tensor.TotalCount) + 5).Select(k => ones(1))];
        Assert.True(Tensor.PeakCount >= peak + 5);
        Array.ForEach(many, t => t.Dispose());
        Assert.True(Tensor.PeakCount >= peak + 5);
    }

    [Fact]
    public unsafe void Lent_memory_is_used_without_a_copy_and_released_once_with_the_last_view()
    {
        int released = 0;
        void* memory = NativeMemory.AllocZeroed(24, 4);
        _ = LiveTensors.Settled();
        long before = NativeEngine.LiveBytes;
        Tensor lent = FromMemory(memory, [2, 3, 4], ScalarType.Float32, () =>
        {
            released++;
            NativeMemory.Free(memory);
        });
        Assert.Equal(before, NativeEngine.LiveBytes);
        ((float*)memory)[5] = 7;
        using (Tensor element = lent[0, 1, 1])
        {
            Assert.Equal(7f, element.ToSingle());
        }

        Tensor view = lent[1];
        lent.Dispose();
        Assert.Equal(0, released);
        view.Dispose();
        Assert.Equal(1, released);
    }

    [Fact]
    public void A_tensor_over_an_array_shares_its_elements()
    {
        float[] numbers = [1, 2, 3, 4];
        using Tensor shared = frombuffer(numbers, ScalarType.Float32, 2, 8);
        shared[0] = 30f;
        Assert.Equal([1, 2, 30, 4], numbers);
        Assert.Throws<ArgumentException>(() => frombuffer(numbers, ScalarType.Float32, 4, 8));
    }

    [Fact]
    public void The_meter_shows_the_live_tensors_and_bytes()
    {
        Dictionary<string, long> seen = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Moodpipe.Torch")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, state) => seen[instrument.Name] = value);
        using Tensor something = ones(1000);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(Tensor.TotalCount, seen["moodpipe.torch.tensors"]);
        Assert.Equal(NativeEngine.LiveBytes, seen["moodpipe.torch.memory"]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(int count)
    {
        for (int k = 0; k < count; k++)
        {
            _ = ones(10);
        }
    }

    private static void Sample(SmallNetwork network)
    {
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor loss = network.call(ones(1, 4, 8, 8)).pow(2).mean();
            loss.backward();
        }

        network.zero_grad();
    }
}
