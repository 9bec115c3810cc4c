using Pipeline.TestKit;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class ModuleTests
{
    [Fact]
    public void Fields_are_found_by_name_also_private_ones_of_base_classes()
    {
        using Derived module = new();
        Assert.Equal(
            ["own", "chosen", "list.0.weight", "list.0.bias", "list.1.0.weight", "inner.weight"],
            module.named_parameters().Select(p => p.name));
        Assert.Equal(["table"], module.named_buffers().Select(b => b.name));
        Assert.Equal(["list", "list.0", "list.1", "list.1.0", "inner"], module.named_modules().Select(m => m.name));
        Assert.Same(module.get_parameter("list.0.weight"), module.named_parameters().ElementAt(2).parameter);
        Assert.Null(module.get_parameter("list.7.weight"));
        Assert.True(module.has_buffer("table"));
    }

    [Fact]
    public void A_state_goes_from_one_module_into_another()
    {
        using Derived source = new();
        using Derived target = new();
        Assert.Equal(7, source.state_dict().Count);
        (IList<string> missing, IList<string> unexpected) = target.load_state_dict(source.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        foreach ((string name, Tensor value) in source.state_dict())
        {
            Assert.True(target.state_dict()[name].allclose(value, 0, 0), name);
        }
    }

    [Fact]
    public void Missing_and_unexpected_names_are_told_or_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        using Derived module = new();
        Dictionary<string, Tensor> state = new(module.state_dict());
        state.Remove("own");
        state["stranger"] = ones(1);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => module.load_state_dict(state));
        Assert.Contains("missing own", error.Message, StringComparison.Ordinal);
        Assert.Contains("unexpected stranger", error.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (module.load_state_dict(state, false).missing_keys.Count, module.load_state_dict(state, false).unexpected_keyes.Count));
        state["chosen"] = ones(9);
        Assert.Contains("'chosen' has shape [3]", Assert.Throws<InvalidOperationException>(() => module.load_state_dict(state, false)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Disposing_a_module_disposes_all_that_it_owns()
    {
        long before = LiveTensors.Settled();
        Derived module = new();
        Assert.Equal(before + 7, Tensor.TotalCount);
        module.Dispose();
        module.Dispose();
        LiveTensors.AssertBackTo(before);
    }

    [Fact]
    public void Converting_keeps_the_parameter_objects_and_whole_numbers()
    {
        using Derived module = new();
        Parameter own = module.get_parameter("own")!;
        Assert.Same(module, module.to(ScalarType.Float64));
        Assert.Same(own, module.get_parameter("own"));
        Assert.Equal(ScalarType.Float64, own.dtype);
        Assert.True(own.requires_grad);
        Assert.True(own.is_leaf);
        Assert.Equal(ScalarType.Int64, module.get_buffer("table")!.dtype);
        Assert.Throws<ArgumentException>(() => module.to(ScalarType.Int32));
    }

    [Fact]
    public void Training_mode_reaches_every_child()
    {
        using nn.Module net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.9)));
        using Tensor x = ones(50, 2);
        net.eval();
        Assert.All(net.modules(), m => Assert.False(m.training));
        using Tensor a = ((Sequential)net).call(x);
        using Tensor b = ((Sequential)net).call(x);
        Assert.True(a.allclose(b, 0, 0));
        net.train();
        using Tensor c = ((Sequential)net).call(x);
        Assert.False(a.allclose(c));
    }

    [Fact]
    public void Names_are_checked()
    {
        using Derived module = new();
        using Tensor x = ones(1);
        Assert.Throws<ArgumentException>(() => module.register_buffer("a.b", x));
        Assert.Throws<ArgumentException>(() => module.register_buffer("", x));
        Assert.Throws<InvalidOperationException>(() => module.register_buffer("table", x));
    }

    [Fact]
    public void Hooks_see_and_replace_inputs_and_results()
    {
        using Identity identity = nn.Identity();
        using Tensor one = ones(1);
        using Tensor two = one * 2;
        using Tensor five = one * 5;
        var before = identity.register_forward_pre_hook((module, input) => two);
        using (Tensor seen = identity.call(one))
        {
            Assert.Equal(2, seen.ToDouble());
        }

        var after = identity.register_forward_hook((module, input, result) =>
        {
            result.Dispose();
            return five;
        });
        Assert.Same(five, identity.call(one));
        before.remove();
        after.remove();
        using Tensor plain = identity.call(one);
        Assert.Equal(1, plain.ToDouble());
    }

    [Fact]
    public void Layers_start_within_PyTorchs_bounds()
    {
        using Conv2d conv = nn.Conv2d(8, 4, 3);
        double bound = 1 / Math.Sqrt(8 * 9);
        Assert.Equal([4, 8, 3, 3], conv.weight.shape);
        Assert.InRange(conv.weight.abs().max().ToDouble(), 0.9 * bound, bound);
        Assert.InRange(conv.bias.abs().max().ToDouble(), 0, bound);
        using Embedding embedding = nn.Embedding(5, 4, 2);
        Assert.Equal(0, embedding.weight[2].abs().sum().ToDouble());
        using Linear unbiased = nn.Linear(3, 2, false);
        Assert.Null(unbiased.bias);
    }

    [Fact]
    public void Batch_norm_learns_its_statistics_and_uses_them()
    {
        using DisposeScope scope = NewDisposeScope();
        using BatchNorm1d norm = nn.BatchNorm1d(3, momentum: 1);
        Tensor x = (randn([64, 3]) * 4) + 7;
        Tensor y = norm.call(x);
        Assert.True(y.mean([0]).abs().max().ToDouble() < 1e-5);
        norm.eval();
        Assert.True(norm.running_mean.allclose(x.mean([0])));
        Assert.True(norm.running_var.allclose(x.var(0)));
        Assert.True(norm.call(x).allclose((x - norm.running_mean) / (norm.running_var + 1e-5).sqrt(), 1e-4, 1e-5));
        Assert.Equal(1, norm.num_batches_tracked.ToInt64());
        Assert.Throws<ArgumentException>(() => norm.call(ones(3)));
    }

    [Fact]
    public void A_module_built_in_a_scope_loses_its_weights_with_it()
    {
        Linear linear;
        using (NewDisposeScope())
        {
            linear = nn.Linear(2, 2);
        }

        Assert.True(linear.weight.IsInvalid);
        linear.Dispose();
    }

    private class Base(string name) : nn.Module<Tensor, Tensor>(name)
    {
        private readonly Linear inner = nn.Linear(2, 1, false);

        public override Tensor forward(Tensor input) => inner.call(input);
    }

    private sealed class Derived : Base
    {
        private readonly Parameter own = new(ones(2));
        [ComponentName(Name = "chosen")]
        private readonly Parameter _other = new(zeros(3));
        private readonly Tensor table = arange(4);
        private readonly ModuleList<nn.Module> list = new(nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 1, false)));

        public Derived()
            : base(nameof(Derived)) => RegisterComponents();

        public override Tensor forward(Tensor input) => base.forward(input + own + _other[0] + table[0] + list.Count);
    }
}
