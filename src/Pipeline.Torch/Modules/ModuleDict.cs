using System.Collections;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Modules under names, in order of arrival.</summary>
public class ModuleDict<T> : nn.Module, IEnumerable<(string, T)>
    where T : nn.Module
{
    private readonly List<(string Key, T Value)> _items = [];
    private bool _registered;

    public ModuleDict()
        : base(nameof(ModuleDict<T>))
    {
    }

    internal ModuleDict(IEnumerable<(string, T)> modules)
        : this()
    {
        foreach ((string key, T module) in modules)
        {
            Add(key, module);
        }
    }

    public int Count => _items.Count;

    public bool IsReadOnly => false;

    public ICollection<string> Keys => [.. _items.Select(item => item.Key)];

    public ICollection<T> Values => [.. _items.Select(item => item.Value)];

    public T this[string key]
    {
        get => TryGetValue(key, out T? value) ? value! : throw new KeyNotFoundException($"the dictionary has no module '{key}'");
        set => Add(key, value);
    }

    public void Add((string, T) item) => Add(item.Item1, item.Item2);

    public void Add(string key, T value)
    {
        if (ContainsKey(key))
        {
            throw new ArgumentException($"the dictionary has a module '{key}' already");
        }

        _items.Add((key, value));
        if (_registered)
        {
            register_module(key, value);
        }
    }

    public bool ContainsKey(string key) => _items.Exists(item => item.Key == key);

    public bool TryGetValue(string key, out T? value)
    {
        int place = _items.FindIndex(item => item.Key == key);
        value = place < 0 ? null : _items[place].Value;
        return place >= 0;
    }

    public IEnumerable<string> keys() => Keys;

    public IEnumerable<T> values() => Values;

    public IEnumerator<(string, T)> items() => GetEnumerator();

    public IEnumerator<(string, T)> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    protected override void RegisterComponents()
    {
        if (_registered)
        {
            return;
        }

        _registered = true;
        foreach ((string key, T module) in _items)
        {
            register_module(key, module);
        }
    }
}
