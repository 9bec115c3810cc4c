using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules in a list, registered as "0", "1" and so on.</summary>
public class ModuleList<T> : nn.Module, IList<T>
    where T : nn.Module
{
    private readonly List<T> _list = [];
    private bool _registered;

    public ModuleList(params T[] modules)
        : base(nameof(ModuleList<T>)) => _list.AddRange(modules);

    public int Count => _list.Count;

    public bool IsReadOnly => false;

    public T this[int index]
    {
        get => _list[index];
        set
        {
            RefuseWhenRegistered();
            _list[index] = value;
        }
    }

    public void append(params T[] parameters) => extend(parameters);

    public void extend(IEnumerable<T> modules)
    {
        foreach (T module in modules)
        {
            Add(module);
        }
    }

    public void Add(T item)
    {
        _list.Add(item);
        if (_registered)
        {
            register_module((_list.Count - 1).ToString(), item);
        }
    }

    public void Insert(int index, T item)
    {
        RefuseWhenRegistered();
        _list.Insert(index, item);
    }

    public bool Remove(T item)
    {
        RefuseWhenRegistered();
        return _list.Remove(item);
    }

    public void RemoveAt(int index)
    {
        RefuseWhenRegistered();
        _list.RemoveAt(index);
    }

    public void Clear()
    {
        RefuseWhenRegistered();
        _list.Clear();
    }

    public bool Contains(T item) => _list.Contains(item);

    public int IndexOf(T item) => _list.IndexOf(item);

    public void CopyTo(T[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

    public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    protected override void RegisterComponents()
    {
        if (_registered)
        {
            return;
        }

        _registered = true;
        for (int k = 0; k < _list.Count; k++)
        {
            register_module(k.ToString(), _list[k]);
        }
    }

    private void RefuseWhenRegistered()
    {
        if (_registered)
        {
            throw new InvalidOperationException("the list is part of a module already: only appending keeps the names of its members");
        }
    }
}
