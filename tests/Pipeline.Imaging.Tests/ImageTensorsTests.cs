using Pipeline.Imaging.Masks;
using Pipeline.Imaging.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Pipeline.Imaging.Tests;

public sealed class ImageTensorsTests
{
    [Theory]
    [InlineData(PixelRange.Unit, 0, 1)]
    [InlineData(PixelRange.SignedUnit, -1, 1)]
    [InlineData(PixelRange.Byte, 0, 255)]
    public void Every_byte_survives_and_the_ends_are_exact(PixelRange range, float low, float high)
    {
        RgbImage all = Pictures.Draw(16, 16, (x, y) => ((byte)(y * 16 + x), (byte)(255 - y * 16 - x), (byte)(x * 16 + y)));
        using Tensor tensor = ImageTensors.ToTensor(all, range);
        Assert.Equal([1, 3, 16, 16], tensor.shape);
        Assert.Equal((low, high), (tensor[0, 0, 0, 0].item<float>(), tensor[0, 0, 15, 15].item<float>()));
        Assert.Equal(all.Pixels, ImageTensors.FromTensor(tensor, range).Pixels);
    }

    [Fact]
    public void Channels_are_planes_and_batches_stack()
    {
        RgbImage a = new(2, 1, [1, 2, 3, 4, 5, 6]), b = new(2, 1, [7, 8, 9, 10, 11, 12]);
        using Tensor tensor = ImageTensors.ToTensor([a, b], PixelRange.Byte);
        Assert.Equal([1f, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12], tensor.data<float>().ToArray());
        Assert.Throws<ArgumentException>(() => ImageTensors.ToTensor([a, new RgbImage(1, 1)]));
    }

    [Fact]
    public void Values_outside_the_range_are_limited_and_half_rounds_to_even()
    {
        using Tensor tensor = torch.tensor(new float[] { -5, 300, float.NaN, 0.5f, 1.5f, 2.5f }, [3, 1, 2]);
        Assert.Equal([0, 0, 2, 255, 0, 2], ImageTensors.FromTensor(tensor, PixelRange.Byte).Pixels);
    }

    [Fact]
    public void Maps_round_trip_and_other_shapes_are_refused()
    {
        var map = new MaskImage(3, 2, [0, 0.1f, 0.2f, 0.3f, 0.4f, 1]);
        using Tensor tensor = ImageTensors.ToTensor(map);
        Assert.Equal([1, 1, 2, 3], tensor.shape);
        Assert.Equal(map.Values, ImageTensors.MapFromTensor(tensor).Values);
        using Tensor batch = zeros(2, 1, 2, 3);
        Assert.Throws<ArgumentException>(() => ImageTensors.MapFromTensor(batch));
        Assert.Throws<ArgumentException>(() => ImageTensors.FromTensor(batch));
    }

    [Fact]
    public void No_tensor_stays_behind()
    {
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (Tensor tensor = ImageTensors.ToTensor(Pictures.Pattern))
        {
            ImageTensors.FromTensor(tensor);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
