using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class SmokeTests
{
    private sealed class Net : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter weight = new(randn(4, 3));
        private readonly ModuleList<nn.Module> parts = new();

        public Net() : base("net") => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return nn.functional.silu(nn.functional.linear(input, weight)).MoveToOuterDisposeScope();
        }
    }

    [Fact]
    public void A_small_network_runs()
    {
        using Net net = new();
        using Tensor x = ones(2, 3);
        using Tensor y = net.call(x);
        Assert.Equal([2, 4], y.shape);
        using Tensor loss = y.sum();
        loss.backward();
        Assert.Single(net.parameters());
        using Tensor g = net.parameters().First().grad;
        Assert.Equal([4, 3], g.shape);
        using Tensor z = x[0, ..2] * 2.0 + 1;
        Assert.Equal([3f, 3f], z.data<float>().ToArray());
    }
}
