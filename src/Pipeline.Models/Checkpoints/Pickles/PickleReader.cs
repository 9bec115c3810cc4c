using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Pipeline.Models.Checkpoints.Pickles;

/// <summary>
/// Reads the pickle of a torch checkpoint (Python's pickle protocol 0 to 5, the part that torch.save uses) without ever running what it names: the only
/// calls are those that rebuild tensors, parameters, ordered dictionaries and sizes, done here. Any other name or operation ends the reading.
/// </summary>
internal sealed class PickleReader
{
    /// <summary>Largest pickle read. Weights lie outside of it; this is names and shapes.</summary>
    public const int MaximumBytes = 256 << 20;

    private const int MaximumObjects = 1 << 24;

    private static readonly object s_mark = new();

    private readonly byte[] _data;
    private readonly string _path;
    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private readonly TorchObjects _objects;
    private int _position;

    private PickleReader(byte[] data, string path, int position)
    {
        (_data, _path, _position) = (data, path, position);
        _objects = new TorchObjects(Refused);
    }

    /// <summary>
    /// The object: dictionaries are <see cref="Dictionary{TKey, TValue}"/> of text, lists <see cref="List{T}"/>, tuples object arrays, tensors
    /// <see cref="PickledTensor"/>; whole numbers long, others double, bool, string or null.
    /// </summary>
    /// <exception cref="ModelFormatException">Damaged, or more than a checkpoint.</exception>
    public static object? Read(byte[] data, string path)
    {
        int position = 0;
        return Read(data, path, ref position);
    }

    /// <summary>The same for one of several pickles in a row.</summary>
    /// <param name="data">All of them.</param>
    /// <param name="path">For messages.</param>
    /// <param name="position">Where it starts; afterwards, where the next one does.</param>
    public static object? Read(byte[] data, string path, ref int position)
    {
        PickleReader reader = new(data, path, position);
        try
        {
            object? value = reader.Run();
            position = reader._position;
            return value;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            throw new ModelFormatException($"{path}: damaged pickle at byte {reader._position}: {error.Message}", error);
        }
    }

    private object? Run()
    {
        while (true)
        {
            byte operation = Byte();
            if (operation == '.')
            {
                return Pop();
            }

            if (!Scalar(operation) && !Container(operation) && !Memory(operation) && !Call(operation))
            {
                throw Refused($"operation 0x{operation:x2}");
            }

            if (_stack.Count > MaximumObjects || _memo.Count > MaximumObjects)
            {
                throw Refused($"more than {MaximumObjects} objects");
            }
        }
    }

    /// <summary>Numbers and texts.</summary>
    private bool Scalar(byte operation)
    {
        switch (operation)
        {
            case 0x80: // PROTO
                Take(1);
                return true;
            case 0x95: // FRAME
                Take(8);
                return true;
            case (byte)'N':
                return Push(null);
            case 0x88:
                return Push(true);
            case 0x89:
                return Push(false);
            case (byte)'K':
                return Push((long)Byte());
            case (byte)'M':
                return Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
            case (byte)'J':
                return Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
            case 0x8A: // LONG1
                return Push(Long(Take(Byte())));
            case (byte)'G':
                return Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
            case (byte)'I':
                return Push(Line() switch { "00" => false, "01" => true, var number => long.Parse(number, CultureInfo.InvariantCulture) });
            case (byte)'X':
                return Push(Encoding.UTF8.GetString(Take(checked((int)BinaryPrimitives.ReadUInt32LittleEndian(Take(4))))));
            case (byte)'U': // SHORT_BINSTRING, of Python 2
                return Push(Encoding.Latin1.GetString(Take(Byte())));
            case 0x8C: // SHORT_BINUNICODE
                return Push(Encoding.UTF8.GetString(Take(Byte())));
            default:
                return false;
        }
    }

    /// <summary>Lists, tuples and dictionaries.</summary>
    private bool Container(byte operation)
    {
        switch (operation)
        {
            case (byte)'(':
                return Push(s_mark);
            case (byte)']':
                return Push(new List<object?>());
            case (byte)'}':
                return Push(new Dictionary<string, object?>(StringComparer.Ordinal));
            case (byte)')':
                return Push(Array.Empty<object?>());
            case (byte)'t':
                return Push(PopToMark());
            case 0x85 or 0x86 or 0x87: // TUPLE1, TUPLE2, TUPLE3
                object?[] tuple = new object?[operation - 0x84];
                for (int i = tuple.Length - 1; i >= 0; i--)
                {
                    tuple[i] = Pop();
                }

                return Push(tuple);
            case (byte)'a':
                object? item = Pop();
                Top<List<object?>>().Add(item);
                return true;
            case (byte)'e':
                object?[] items = PopToMark();
                Top<List<object?>>().AddRange(items);
                return true;
            case (byte)'s':
                object? value = Pop();
                Set(Pop(), value);
                return true;
            case (byte)'u':
                object?[] pairs = PopToMark();
                if (pairs.Length % 2 != 0)
                {
                    throw Refused("a dictionary key without a value");
                }

                for (int i = 0; i < pairs.Length; i += 2)
                {
                    Set(pairs[i], pairs[i + 1]);
                }

                return true;
            case (byte)'0':
                Pop();
                return true;
            default:
                return false;
        }
    }

    /// <summary>Objects that are used again.</summary>
    private bool Memory(byte operation)
    {
        switch (operation)
        {
            case (byte)'q':
                _memo[Byte()] = Peek();
                return true;
            case (byte)'r':
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Peek();
                return true;
            case 0x94: // MEMOIZE
                _memo[_memo.Count] = Peek();
                return true;
            case (byte)'h':
                return Push(_memo[Byte()]);
            case (byte)'j':
                return Push(_memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))]);
            default:
                return false;
        }
    }

    /// <summary>Names, and what is done with them.</summary>
    private bool Call(byte operation)
    {
        switch (operation)
        {
            case (byte)'c':
                string module = Line();
                return Push(_objects.Known(new PickleGlobal(module, Line())));
            case 0x93: // STACK_GLOBAL
                string name = Pop<string>();
                return Push(_objects.Known(new PickleGlobal(Pop<string>(), name)));
            case (byte)'Q':
                return Push(_objects.Storage(Pop<object?[]>()));
            case (byte)'R':
                object?[] arguments = Pop<object?[]>();
                return Push(_objects.Reduce(Pop<PickleGlobal>(), arguments));
            case (byte)'b':
                // The state of an ordered dictionary: torch keeps version numbers of modules there; that of an old parameter: whether it asks for gradients.
                Pop();
                return Peek() is Dictionary<string, object?> or PickledTensor ? true : throw Refused("state for something that is no dictionary");
            default:
                return false;
        }
    }

    private void Set(object? key, object? value)
    {
        // Optimizer states have numbers for keys; they are no part of a model, but must not end the reading.
        string name = key switch { string text => text, long number => number.ToString(CultureInfo.InvariantCulture), _ => throw Refused("a key that is no text") };
        Top<Dictionary<string, object?>>()[name] = value;
    }

    private bool Push(object? value)
    {
        _stack.Add(value);
        return true;
    }

    private object? Peek() => _stack.Count > 0 ? _stack[^1] : throw new FormatException("nothing on the stack");

    private object? Pop()
    {
        object? top = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private T Top<T>()
        where T : class => Peek() as T ?? throw Refused("an operation on an object of another kind");

    private T Pop<T>()
        where T : class => Pop() as T ?? throw Refused("an operation on an object of another kind");

    private object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(s_mark);
        object?[] items = mark >= 0 ? [.. _stack.Skip(mark + 1)] : throw new FormatException("no mark on the stack");
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private static long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8)
        {
            throw new FormatException("a number of more than 64 bits");
        }

        Span<byte> wide = stackalloc byte[8];
        wide.Fill(bytes.Length > 0 && bytes[^1] >= 0x80 ? (byte)0xFF : (byte)0);
        bytes.CopyTo(wide);
        return BinaryPrimitives.ReadInt64LittleEndian(wide);
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _data.Length - _position)
        {
            throw new FormatException("the end is missing");
        }

        _position += count;
        return _data.AsSpan(_position - count, count);
    }

    private string Line()
    {
        int length = _data.AsSpan(_position).IndexOf((byte)'\n');
        string line = Encoding.UTF8.GetString(Take(length >= 0 ? length : throw new FormatException("the end of a line is missing")));
        _position++;
        return line;
    }

    private ModelFormatException Refused(string what) => new($"{_path}: this pickle holds {what} (byte {_position}); only tables of tensors are converted");
}
