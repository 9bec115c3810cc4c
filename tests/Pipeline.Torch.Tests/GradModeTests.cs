using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class GradModeTests
{
    [Fact]
    public void Modes_nest_and_come_back()
    {
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            using (enable_grad())
            {
                Assert.True(is_grad_enabled());
            }

            Assert.False(is_grad_enabled());
        }

        Assert.True(is_grad_enabled());
    }

    [Fact]
    public void Nothing_is_recorded_without_gradients()
    {
        using Tensor x = ones([2], requires_grad: true);
        using (no_grad())
        {
            using Tensor silent = x * 2.0;
            Assert.False(silent.requires_grad);
        }

        using Tensor recorded = x * 2.0;
        Assert.True(recorded.requires_grad);
        Assert.False(recorded.is_leaf);
    }

    [Fact]
    public void The_mode_belongs_to_the_thread()
    {
        using IDisposable quiet = no_grad();
        bool elsewhere = false;
        Thread thread = new(() => elsewhere = is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.True(elsewhere);
        Assert.False(is_grad_enabled());
    }

    [Fact]
    public void Inference_tensors_cannot_take_part_in_a_gradient()
    {
        Tensor inference;
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            inference = ones(2);
        }

        using (inference)
        {
            using Tensor weight = ones([2], requires_grad: true);
            ExternalException error = Assert.Throws<ExternalException>(() => weight * inference);
            Assert.Contains("Inference tensors cannot be saved for backward", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Inference_mode_cannot_be_left_on_another_thread()
    {
        IDisposable mode = inference_mode();
        InvalidOperationException? error = null;
        Thread thread = new(() => error = Assert.Throws<InvalidOperationException>(mode.Dispose));
        thread.Start();
        thread.Join();
        Assert.Contains("thread", error!.Message, StringComparison.Ordinal);
        mode.Dispose();
        Assert.False(is_inference_mode_enabled());
    }
}
