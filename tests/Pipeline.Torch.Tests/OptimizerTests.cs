using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class OptimizerTests
{
    [Theory]
    [InlineData(0.0, false)]
    [InlineData(0.01, false)]
    [InlineData(0.01, true)]
    public void Adam_has_the_bits_of_the_single_tensor_form(double decay, bool decoupled)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator random = new(1);
        Tensor start = randn([7, 5], generator: random);
        Tensor target = randn([7, 5], generator: random);
        Parameter p = new(start.clone());
        using optim.Optimizer optimizer = decoupled ? optim.AdamW([p], 0.02, weight_decay: decay) : optim.Adam([p], 0.02, weight_decay: decay);
        (Tensor q, Tensor m, Tensor v) = (start.clone(), zeros_like(start), zeros_like(start));
        for (int t = 1; t <= 50; t++)
        {
            optimizer.zero_grad();
            (p - target).abs().pow(1.5).sum().backward();
            optimizer.step();

            Tensor leaf = q.clone().requires_grad_();
            (leaf - target).abs().pow(1.5).sum().backward();
            Tensor g = leaf.grad;
            if (decay != 0 && decoupled)
            {
                q.mul_(1 - (0.02 * decay));
            }
            else if (decay != 0)
            {
                g = g.add(q, decay);
            }

            m.mul_(0.9).add_(g, 1 - 0.9);
            v.mul_(0.999).addcmul_(g, g, 1 - 0.999);
            Tensor denominator = (v.sqrt() / Math.Sqrt(1 - Math.Pow(0.999, t))).add_(1e-8);
            q.addcdiv_(m, denominator, -0.02 / (1 - Math.Pow(0.9, t)));
            Assert.True(p.detach().equal(q).ToBoolean(), $"step {t} differs");
        }
    }

    [Fact]
    public void The_first_step_of_Adam_has_the_size_of_the_rate()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter p = new(tensor(new[] { 1.0, -1.0, 5.0 }));
        using optim.Optimizer adam = optim.Adam([p], 0.1);
        (p * tensor(new[] { 3.0, 1e-3, -20.0 })).sum().backward();
        adam.step();
        Assert.True(p.detach().allclose(tensor(new[] { 0.9, -1.1, 5.1 }), 0, 1e-5));
    }

    [Fact]
    public void Options_of_Adam_do_what_they_say()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter up = new(tensor(1.0));
        using optim.Optimizer ascent = optim.Adam([up], 0.1, maximize: true, amsgrad: true);
        up.pow(2).backward();
        ascent.step();
        Assert.Equal(1.1, up.ToDouble(), 6);

        Parameter frozen = new(tensor(1.0));
        using optim.Optimizer idle = optim.Adam([frozen], 0.1);
        idle.step();
        Assert.Equal(1.0, frozen.ToDouble());
    }

    [Fact]
    public void Groups_have_rates_of_their_own_and_no_parameter_twice()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter a = new(tensor(1.0));
        Parameter b = new(tensor(1.0));
        using Adam adam = optim.Adam([new Adam.ParamGroup([a], 0.1), new Adam.ParamGroup([b], 0.01)]);
        (a + b).backward();
        adam.step();
        Assert.Equal(0.9, a.ToDouble(), 6);
        Assert.Equal(0.99, b.ToDouble(), 6);
        Assert.Throws<ArgumentException>(() => adam.add_param_group(new Adam.ParamGroup([a], 0.1)));
        Assert.Equal((0.9, 0.999), adam.Betas);
    }

    [Fact]
    public void A_closure_is_evaluated_with_gradients_and_its_loss_returned()
    {
        Parameter p = new(tensor(2.0));
        using optim.Optimizer adam = optim.Adam([p], 0.5);
        using IDisposable quiet = no_grad();
        using Tensor loss = adam.step(() =>
        {
            adam.zero_grad();
            Tensor value = p.pow(2);
            value.backward();
            return value;
        });
        Assert.Equal(4.0, loss.ToDouble());
        Assert.Equal(1.5, p.ToDouble(), 6);
        p.Dispose();
    }

    [Fact]
    public void Stepping_leaves_only_the_optimizers_state_and_disposing_takes_that_too()
    {
        using Parameter p = new(ones(100));
        using (Tensor loss = p.sum())
        {
            loss.backward();
        }

        long before = LiveTensors.Settled();
        using (optim.Optimizer adam = optim.Adam([p]))
        {
            adam.step();
            adam.step();
            Assert.Equal(before + 2, Tensor.TotalCount);
        }

        LiveTensors.AssertBackTo(before);
    }

    [Fact]
    public void Schedules_follow_their_formulas()
    {
        using DisposeScope scope = NewDisposeScope();
        Check(o => optim.lr_scheduler.StepLR(o, 2, 0.1), 1, 1, 0.1, 0.1, 0.01);
        Check(o => optim.lr_scheduler.LambdaLR(o, epoch => 1.0 / (1 + epoch)), 1, 0.5, 1.0 / 3, 0.25);
        Check(o => optim.lr_scheduler.LinearLR(o, 0.5, 1, 2), 0.5, 0.75, 1, 1);
        Check(o => optim.lr_scheduler.ConstantLR(o, 0.5, 2), 0.5, 0.5, 1, 1);
        Check(o => optim.lr_scheduler.CosineAnnealingLR(o, 4), 1, (1 + Math.Sqrt(0.5)) / 2, 0.5, (1 - Math.Sqrt(0.5)) / 2, 0);
        Check(o => optim.lr_scheduler.ExponentialLR(o, 0.5), 1, 0.5, 0.25);

        static void Check(Func<optim.Optimizer, optim.lr_scheduler.LRScheduler> make, params double[] expected)
        {
            using optim.Optimizer optimizer = optim.Adam([new Parameter(ones(1))], 1);
            optim.lr_scheduler.LRScheduler schedule = make(optimizer);
            foreach (double rate in expected)
            {
                Assert.Equal(rate, optimizer.ParamGroups.Single().LearningRate, 12);
                Assert.Equal(rate, schedule.get_last_lr().Single(), 12);
                schedule.step();
            }
        }
    }

    [Fact]
    public void Clipping_scales_all_gradients_to_the_joint_norm()
    {
        using DisposeScope scope = NewDisposeScope();
        Parameter a = new(tensor(new[] { 0.0, 0.0 }));
        Parameter b = new(tensor(0.0));
        ((a * tensor(new[] { 3.0, 0.0 })).sum() + (b * 4)).backward();
        Assert.Equal(5.0, nn.utils.clip_grad_norm_([a, b], 1.0), 12);
        Assert.True(a.grad.allclose(tensor(new[] { 0.6, 0.0 }), 1e-6, 0));
        Assert.Equal(0.8, b.grad.ToDouble(), 6);
        Assert.Equal(1.0, nn.utils.clip_grad_norm_([a, b], 2.0), 5);
        Assert.Equal(0.8, b.grad.ToDouble(), 6);
    }
}
