using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>The dispose scopes of this thread, innermost last. Scopes never cross threads: no <c>await</c> inside one.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager? t_current;

    private readonly ThreadDisposeScopeStatistics _statistics = new();
    private DisposeScope? _innermost;

    public static ThreadDisposeScopeStatistics Statistics => Current._statistics;

    internal static DisposeScope? Innermost => Current._innermost;

    private static DisposeScopeManager Current => t_current ??= new();

    internal static DisposeScope Open()
    {
        DisposeScopeManager manager = Current;
        return manager._innermost = new DisposeScope(manager._innermost);
    }

    /// <summary>Closes <paramref name="scope"/> and the ones opened inside it that were left open.</summary>
    internal static void Close(DisposeScope scope)
    {
        DisposeScopeManager manager = Current;
        for (DisposeScope? open = manager._innermost; open is not null; open = open.Outer)
        {
            if (open == scope)
            {
                manager._innermost = scope.Outer;
                return;
            }
        }
    }

    internal static void Register(Tensor tensor) => RegisterIn(Current._innermost, tensor);

    internal static void RegisterIn(DisposeScope? scope, Tensor tensor)
    {
        LifetimeStatistics statistics = Statistics.TensorStatistics;
        if (scope is null)
        {
            statistics.CreatedOutsideScopeCount++;
            return;
        }

        statistics.CreatedInScopeCount++;
        scope.Add(tensor);
    }

    /// <summary>Takes a tensor that is being disposed out of its scope.</summary>
    internal static void Disposed(Tensor tensor)
    {
        LifetimeStatistics statistics = Statistics.TensorStatistics;
        if (tensor.Scope is not { } scope)
        {
            statistics.DisposedOutsideScopeCount++;
            return;
        }

        statistics.DisposedInScopeCount++;
        scope.Forget(tensor);
    }
}
