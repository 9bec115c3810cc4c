using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>
/// Disposes at its end every tensor made on this thread while it was the innermost scope, unless the tensor was moved out or detached. Open with
/// <see cref="torch.NewDisposeScope"/> in a <c>using</c>; nest scopes per iteration, since nothing inside a scope is freed before its end.
/// </summary>
public sealed partial class DisposeScope : IDisposable
{
    // A tensor knows its slot, so that leaving is O(1); slots of those that left are null until the list is packed.
    private readonly List<IDisposable?> _slots = [];
    private int _count;

    internal DisposeScope(DisposeScope? outer) => Outer = outer;

    internal DisposeScope? Outer { get; }

    public int DisposablesCount => _count;

    /// <summary>What the scope holds, in order of arrival.</summary>
    public IReadOnlyList<IDisposable> DisposablesView => [.. _slots.Where(s => s is not null)!];

    public bool Contains(IDisposable disposable) => disposable is Tensor tensor ? tensor.Scope == this : SlotOf(disposable) >= 0;

    public void Attach(IDisposable disposable)
    {
        if (disposable is Tensor tensor)
        {
            if (tensor.Scope == this)
            {
                return;
            }

            tensor.Scope?.Forget(tensor);
            DisposeScopeManager.Statistics.TensorStatistics.AttachedToScopeCount++;
            Add(tensor);
        }
        else if (SlotOf(disposable) < 0)
        {
            _slots.Add(disposable);
            _count++;
        }
    }

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        List<IDisposable> attached = [.. disposables];
        attached.ForEach(Attach);
        return attached;
    }

    /// <summary>Takes it out of this scope: from now on the caller disposes it.</summary>
    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        if (Remove(disposable) && disposable is Tensor)
        {
            DisposeScopeManager.Statistics.TensorStatistics.DetachedFromScopeCount++;
        }

        return disposable;
    }

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable disposable in disposables)
        {
            _ = Detach<IDisposable>(disposable);
        }
    }

    /// <summary>Moves it to the scope around this one; without one, out of all scopes.</summary>
    public T MoveToOuter<T>(T disposable)
        where T : IDisposable => MoveToOther(Outer, disposable);

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOther(Outer, (IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(Outer, disposables);

    /// <summary>Moves it to another scope; null takes it out of all scopes. What this scope does not hold stays where it is.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable)
        where T : IDisposable
    {
        if (scope is null)
        {
            return Detach(disposable);
        }

        if (scope != this && Remove(disposable))
        {
            if (disposable is Tensor tensor)
            {
                scope.Add(tensor);
            }
            else
            {
                scope.Attach((IDisposable)disposable);
            }
        }

        return disposable;
    }

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) => MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable disposable in disposables)
        {
            _ = MoveToOther<IDisposable>(scope, disposable);
        }
    }

    /// <summary>Tells the scope that someone else disposed it.</summary>
    public void MarkAsDisposed(IDisposable disposable) => _ = Remove(disposable);

    public void DisposeEverything() => DisposeAllBut(null);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep) =>
        DisposeAllBut(new HashSet<IDisposable>(inKeep, System.Collections.Generic.ReferenceEqualityComparer.Instance));

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep)
        where T : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[keep]);
        return keep;
    }

    public void Dispose()
    {
        DisposeScopeManager.Close(this);
        DisposeAllBut(null);
    }

    internal void Add(Tensor tensor)
    {
        tensor.Scope = this;
        tensor.ScopeSlot = _slots.Count;
        _slots.Add(tensor);
        _count++;
    }

    internal void Forget(Tensor tensor)
    {
        int slot = tensor.ScopeSlot;
        tensor.Scope = null;
        RemoveSlot(slot);
    }

    private void DisposeAllBut(HashSet<IDisposable>? keep)
    {
        // Disposing one member may dispose others (a module its parameters), so the list is read anew each time.
        for (int k = _slots.Count - 1; k >= 0; k--)
        {
            if (k >= _slots.Count || _slots[k] is not { } member || keep?.Contains(member) == true)
            {
                continue;
            }

            if (member is not Tensor)
            {
                RemoveSlot(k);
            }

            member.Dispose();
        }
    }

    private bool Remove(IDisposable disposable)
    {
        if (disposable is Tensor tensor)
        {
            if (tensor.Scope != this)
            {
                return false;
            }

            Forget(tensor);
            return true;
        }

        int slot = SlotOf(disposable);
        if (slot < 0)
        {
            return false;
        }

        RemoveSlot(slot);
        return true;
    }

    private int SlotOf(IDisposable disposable) => _slots.FindIndex(s => ReferenceEquals(s, disposable));

    private void RemoveSlot(int slot)
    {
        _slots[slot] = null;
        _count--;
        while (_slots.Count > 0 && _slots[^1] is null)
        {
            _slots.RemoveAt(_slots.Count - 1);
        }

        if (_slots.Count > (2 * _count) + 64)
        {
            Pack();
        }
    }

    private void Pack()
    {
        int free = 0;
        for (int k = 0; k < _slots.Count; k++)
        {
            if (_slots[k] is not { } member)
            {
                continue;
            }

            _slots[free] = member;
            if (member is Tensor tensor)
            {
                tensor.ScopeSlot = free;
            }

            free++;
        }

        _slots.RemoveRange(free, _slots.Count - free);
    }
}
