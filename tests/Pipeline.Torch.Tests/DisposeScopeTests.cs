using Pipeline.TestKit;
using static TorchSharp.torch;

namespace Pipeline.Torch.Tests;

public sealed class DisposeScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_in_it_and_nothing_else()
    {
        using Tensor before = ones(2);
        Tensor inside;
        using (DisposeScope scope = NewDisposeScope())
        {
            inside = ones(2);
            Tensor sum = inside + before;
            Assert.Equal(2, scope.DisposablesCount);
            Assert.True(scope.Contains(sum));
            Assert.False(scope.Contains(before));
        }

        Assert.True(inside.IsInvalid);
        Assert.False(before.IsInvalid);
    }

    [Fact]
    public void A_tensor_moved_to_the_outer_scope_dies_with_that_one()
    {
        Tensor kept;
        using (NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                Tensor made = ones(2);
                kept = made.MoveToOuterDisposeScope();
                Assert.Same(made, kept);
            }

            Assert.False(kept.IsInvalid);
        }

        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void Moving_out_of_the_outermost_scope_leaves_the_tensor_to_the_caller()
    {
        Tensor kept;
        using (NewDisposeScope())
        {
            kept = ones(2).MoveToOuterDisposeScope();
        }

        Assert.False(kept.IsInvalid);
        kept.Dispose();
    }

    [Fact]
    public void A_detached_tensor_outlives_every_scope()
    {
        Tensor kept;
        using (NewDisposeScope())
        {
            using DisposeScope inner = NewDisposeScope();
            kept = inner.Detach(ones(2));
        }

        Assert.Equal(2, kept.numel());
        kept.Dispose();
        kept.Dispose();
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void A_tensor_disposed_early_leaves_its_scope()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor early = ones(2);
        early.Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Moving_to_another_scope_through_a_tensor_of_it()
    {
        using DisposeScope outer = NewDisposeScope();
        Tensor neighbour = ones(1);
        Tensor moved;
        using (NewDisposeScope())
        {
            moved = ones(1).MoveToOtherDisposeScope(neighbour);
        }

        Assert.True(outer.Contains(moved));
    }

    [Fact]
    public void Disposing_everything_but_some_keeps_those_in_the_scope()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] made = [.. Enumerable.Range(0, 200).Select(k => ones(1))];
        (Tensor first, Tensor last) = scope.DisposeEverythingBut(made[0], made[199]);
        Assert.Equal(2, scope.DisposablesCount);
        Assert.Equal([first, last], scope.DisposablesView);
        Assert.All(made[1..199], t => Assert.True(t.IsInvalid));
    }

    [Fact]
    public void Any_disposable_can_be_attached()
    {
        MemoryStream stream = new();
        using (DisposeScope scope = NewDisposeScope())
        {
            scope.Attach((IDisposable)stream);
            scope.Attach((IDisposable)stream);
            Assert.Equal(1, scope.DisposablesCount);
        }

        Assert.False(stream.CanRead);
    }

    [Fact]
    public void Scopes_belong_to_their_thread()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? other = null;
        Thread thread = new(() =>
        {
            Assert.Null(CurrentDisposeScope);
            other = ones(1);
        });
        thread.Start();
        thread.Join();
        Assert.Equal(0, scope.DisposablesCount);
        Assert.Same(scope, CurrentDisposeScope);
        other!.Dispose();
    }

    [Fact]
    public void A_scope_left_open_inside_is_closed_with_the_one_around_it()
    {
        using (NewDisposeScope())
        {
            _ = NewDisposeScope();
        }

        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void A_parameter_takes_over_the_tensor_and_its_scope()
    {
        Parameter parameter;
        Tensor source;
        using (NewDisposeScope())
        {
            source = ones(3);
            parameter = new Parameter(source);
            Assert.True(source.IsInvalid);
            Assert.True(parameter.requires_grad);
        }

        Assert.True(parameter.IsInvalid);
    }

    [Fact]
    public void The_wrapped_scope_gives_its_result_to_the_caller()
    {
        long before = LiveTensors.Settled();
        using Tensor result = WrappedTensorDisposeScope(() => (ones(3) * 2.0) + 1);
        Assert.Equal(before + 1, Tensor.TotalCount);
        Assert.Equal([3f, 3f, 3f], result.data<float>().ToArray());
    }

    [Fact]
    public void Statistics_count_creation_and_disposal_in_and_out_of_scopes()
    {
        ThreadDisposeScopeStatistics statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        using Tensor outside = ones(1);
        using (DisposeScope scope = NewDisposeScope())
        {
            _ = ones(1);
            ones(1).Dispose();
            scope.Detach(ones(1)).Dispose();
        }

        Assert.Equal(1, statistics.CreatedOutsideScopeCount);
        Assert.Equal(3, statistics.CreatedInScopeCount);
        Assert.Equal(2, statistics.DisposedInScopeCount);
        Assert.Equal(1, statistics.DisposedOutsideScopeCount);
        Assert.Equal(1, statistics.DetachedFromScopeCount);
        Assert.Equal(1, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Any_order_of_early_disposal_keeps_the_scope_consistent() => Prop.ForAll<int>(seed =>
    {
        Random random = new(seed);
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> live = [];
        for (int k = 0; k < 300; k++)
        {
            live.Add(ones(1));
            if (random.Next(3) > 0)
            {
                int victim = random.Next(live.Count);
                live[victim].Dispose();
                live.RemoveAt(victim);
            }
        }

        return scope.DisposablesCount == live.Count && scope.DisposablesView.SequenceEqual(live);
    }).QuickCheckThrowOnFailure();
}
