using System.Runtime.InteropServices;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Pipeline.Torch.Tests;

/// <summary>Gradients against their closed forms, and against differences of values.</summary>
public sealed class AutogradTests
{
    [Fact]
    public void The_gradient_of_a_quadratic_form_is_twice_the_matrix_times_the_point()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = randn([4, 4], ScalarType.Float64);
        a = a + a.t();
        Tensor x = randn([4], ScalarType.Float64).requires_grad_();
        (x.matmul(a) * x).sum().backward();
        Assert.True(x.grad.allclose(2 * a.matmul(x)));
    }

    [Fact]
    public void Gradients_add_up_until_they_are_cleared()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(3.0).requires_grad_();
        (x * x).backward();
        (x * x).backward();
        Assert.Equal(12.0, x.grad.ToDouble());
        x.grad = null!;
        Assert.Null(x.grad);
    }

    [Fact]
    public void Second_derivatives_come_from_a_kept_graph()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(2.0).requires_grad_();
        Tensor first = autograd.grad([x.pow(3)], [x], create_graph: true)[0];
        Tensor second = autograd.grad([first], [x])[0];
        Assert.Equal(12.0, first.ToDouble());
        Assert.Equal(12.0, second.ToDouble());
    }

    [Fact]
    public void A_weighted_gradient_of_several_outputs()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(new[] { 1.0, 2.0 }).requires_grad_();
        Tensor g = autograd.grad([x * x, x.sum()], [x], [tensor(new[] { 10.0, 100.0 }), tensor(1.0)])[0];
        Assert.Equal([21.0, 401.0], g.data<double>().ToArray());
    }

    [Fact]
    public void An_input_that_was_not_used_is_an_error_unless_allowed()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(1.0).requires_grad_();
        Tensor unused = tensor(1.0).requires_grad_();
        Assert.Throws<ExternalException>(() => autograd.grad([x * 2], [unused]));
        Assert.Null(autograd.grad([x * 2], [unused], allow_unused: true)[0]);
    }

    [Fact]
    public void A_graph_can_be_used_once_unless_kept()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(1.0).requires_grad_();
        Tensor y = x.exp();
        y.backward(retain_graph: true);
        y.backward();
        Assert.Throws<ExternalException>(y.backward);
    }

    [Fact]
    public void Only_the_named_inputs_receive_gradients()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor a = tensor(2.0).requires_grad_();
        Tensor b = tensor(3.0).requires_grad_();
        (a * b).backward(inputs: [b]);
        Assert.Null(a.grad);
        Assert.Equal(2.0, b.grad.ToDouble());
    }

    [Fact]
    public void A_retained_gradient_of_an_inner_value_can_be_read()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(2.0).requires_grad_();
        Tensor inner = x * 3;
        inner.retain_grad();
        (inner * inner).backward();
        Assert.Equal(12.0, inner.grad.ToDouble());
    }

    [Theory]
    [InlineData("conv")]
    [InlineData("group norm")]
    [InlineData("attention")]
    [InlineData("bicubic")]
    [InlineData("cross entropy")]
    public void Gradients_agree_with_differences(string what)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(3);
        Tensor x = randn([1, 4, 5, 5], ScalarType.Float64, generator: random);
        Tensor w = randn([2, 4, 3, 3], ScalarType.Float64, generator: random);
        Func<Tensor, Tensor> f = what switch
        {
            "conv" => t => F.conv2d(t, w, null, [2, 2], [1, 1]).tanh().sum(),
            "group norm" => t => F.group_norm(t, 2).pow(3).sum(),
            "attention" => t => F.scaled_dot_product_attention(t, t * 0.5, t.sin()).sum(),
            "bicubic" => t => F.interpolate(t, null, [1.7, 1.7], InterpolationMode.Bicubic, false).pow(2).sum(),
            _ => t => F.cross_entropy(t.view(5, 20), arange(5)),
        };
        Tensor leaf = x.clone().requires_grad_();
        f(leaf).backward();
        Tensor direction = randn_like(x);
        const double h = 1e-5;
        double slope = (f(x + (direction * h)).ToDouble() - f(x - (direction * h)).ToDouble()) / (2 * h);
        double expected = (leaf.grad * direction).sum().ToDouble();
        Assert.InRange(slope - expected, -1e-6 * Math.Max(1, Math.Abs(expected)), 1e-6 * Math.Max(1, Math.Abs(expected)));
    }
}
