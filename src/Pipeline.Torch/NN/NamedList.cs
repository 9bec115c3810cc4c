using System.Collections;

namespace TorchSharp;

/// <summary>Values under unique names, in order of registration.</summary>
internal sealed class NamedList<T> : IEnumerable<(string Name, T Value)>
    where T : class
{
    private readonly List<(string Name, T Value)> _items = [];
    private readonly Dictionary<string, int> _places = [];

    public int Count => _items.Count;

    public void Add(string name, T value, string owner)
    {
        if (!_places.TryAdd(name, _items.Count))
        {
            throw new InvalidOperationException($"module '{owner}' has a {typeof(T).Name} named '{name}' already");
        }

        _items.Add((name, value));
    }

    /// <summary>Replaces the value of a name in its place, adds it at the end, or with null removes it.</summary>
    public void Set(string name, T? value)
    {
        if (value is null)
        {
            _ = Remove(name);
        }
        else if (_places.TryGetValue(name, out int place))
        {
            _items[place] = (name, value);
        }
        else
        {
            Add(name, value, "");
        }
    }

    public bool Remove(string name)
    {
        if (!_places.Remove(name, out int place))
        {
            return false;
        }

        _items.RemoveAt(place);
        for (int k = place; k < _items.Count; k++)
        {
            _places[_items[k].Name] = k;
        }

        return true;
    }

    public void Clear()
    {
        _items.Clear();
        _places.Clear();
    }

    public bool Contains(string name) => _places.ContainsKey(name);

    public bool ContainsValue(T value) => _items.Exists(item => ReferenceEquals(item.Value, value));

    public T? Find(string name) => _places.TryGetValue(name, out int place) ? _items[place].Value : null;

    public IEnumerator<(string Name, T Value)> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
