using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace TorchSharp.Native;

/// <summary>
/// One dispatcher operator, looked up by schema name at its first call and kept. Arguments are given in the order of the schema; trailing ones take
/// their defaults.
/// </summary>
internal sealed unsafe class Op(string name, string overload = "")
{
    private const int MaxOuts = 8;
    private nint _handle;

    /// <summary>Name with overload, as libtorch writes it.</summary>
    public string Name => overload.Length == 0 ? $"aten::{name}" : $"aten::{name}.{overload}";

    /// <summary>Whether this libtorch has the operator.</summary>
    public bool Exists
    {
        get
        {
            nint found;
            if (_handle == 0 && NativeEngine.eng_op_find("aten::" + name, overload, &found) == 0)
            {
                _handle = found;
            }

            return _handle != 0;
        }
    }

    /// <summary>The operator's schema.</summary>
    public string Schema => NativeEngine.Schema(Handle);

    private nint Handle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _handle != 0 ? _handle : Find();
    }

    /// <summary>Calls; the one result is a new tensor of the caller.</summary>
    public Tensor Call(params ReadOnlySpan<Arg> args)
    {
        NativeValue result;
        if (Invoke(null, args, &result, 1) != 1 || result.Tag != ValueTag.Tensor)
        {
            throw Unexpected();
        }

        return Tensor.Own((nint)result.Pointer)!;
    }

    /// <summary>Calls an operator with two results.</summary>
    public (Tensor First, Tensor Second) Call2(params ReadOnlySpan<Arg> args)
    {
        NativeValue* results = stackalloc NativeValue[2];
        return Invoke(null, args, results, 2) == 2 ? (Take(results[0]), Take(results[1])) : throw Unexpected();
    }

    /// <summary>Calls an operator with three results.</summary>
    public (Tensor First, Tensor Second, Tensor Third) Call3(params ReadOnlySpan<Arg> args)
    {
        NativeValue* results = stackalloc NativeValue[3];
        return Invoke(null, args, results, 3) == 3 ? (Take(results[0]), Take(results[1]), Take(results[2])) : throw Unexpected();
    }

    /// <summary>Calls an operator with four results.</summary>
    public (Tensor First, Tensor Second, Tensor Third, Tensor Fourth) Call4(params ReadOnlySpan<Arg> args)
    {
        NativeValue* results = stackalloc NativeValue[4];
        return Invoke(null, args, results, 4) == 4 ? (Take(results[0]), Take(results[1]), Take(results[2]), Take(results[3])) : throw Unexpected();
    }

    /// <summary>Calls an operator that returns a list of tensors.</summary>
    public Tensor[] CallList(params ReadOnlySpan<Arg> args)
    {
        NativeValue* few = stackalloc NativeValue[MaxOuts];
        int count = Invoke(null, args, few, MaxOuts);
        if (count <= MaxOuts)
        {
            return TakeAll(few, count);
        }

        NativeValue[] many = new NativeValue[count];
        fixed (NativeValue* p = many)
        {
            _ = NativeEngine.eng_call_rest(p, count);
            return TakeAll(p, count);
        }
    }

    /// <summary>Calls an operator that returns a boolean.</summary>
    public bool CallBool(params ReadOnlySpan<Arg> args) => CallNumber(args).Int != 0;

    /// <summary>Calls an operator that returns an integer.</summary>
    public long CallInt(params ReadOnlySpan<Arg> args) => CallNumber(args).Int;

    /// <summary>Calls an operator that returns one number, whose kind the tag tells.</summary>
    public NativeValue CallNumber(params ReadOnlySpan<Arg> args)
    {
        NativeValue result;
        return Invoke(null, args, &result, 1) == 1 && result.Tag != ValueTag.Tensor ? result : throw Unexpected();
    }

    /// <summary>Calls an operator that changes <paramref name="self"/> in place, and returns the same object.</summary>
    public Tensor On(Tensor self, params ReadOnlySpan<Arg> rest)
    {
        _ = Invoke(self, rest, null, 0);
        return self;
    }

    /// <summary>Calls and drops whatever is returned.</summary>
    public void Run(params ReadOnlySpan<Arg> args) => _ = Invoke(null, args, null, 0);

    // The scratch memory is written before it is read: clearing a kilobyte a call would cost as much as the call.
    [SkipLocalsInit]
    private int Invoke(Tensor? self, ReadOnlySpan<Arg> args, NativeValue* outs, int capacity)
    {
        int first = self is null ? 0 : 1;
        NativeValue* values = stackalloc NativeValue[args.Length + first];
        if (self is not null)
        {
            values[0] = new NativeValue { Tag = ValueTag.Tensor, Pointer = (void*)self.Live };
        }

        int scratch = 0;
        for (int k = 0; k < args.Length; k++)
        {
            ref NativeValue value = ref values[k + first];
            value.Tag = args[k].Tag;
            value.Count = 0;
            value.Int = args[k].Bits;
            if (args[k].Kept is { } kept)
            {
                if (kept is Tensor tensor)
                {
                    value.Pointer = (void*)tensor.Live;
                }
                else
                {
                    scratch += Marshalled.ScratchBytes(kept);
                }
            }
        }

        int count;
        if (scratch == 0)
        {
            EngineErrors.Check(NativeEngine.eng_call(Handle, values, args.Length + first, outs, capacity, &count));
        }
        else if (scratch <= 1024)
        {
            byte* space = stackalloc byte[1024];
            count = InvokeWithLists(args, values, first, outs, capacity, space);
        }
        else
        {
            byte* space = (byte*)NativeMemory.Alloc((nuint)scratch);
            try
            {
                count = InvokeWithLists(args, values, first, outs, capacity, space);
            }
            finally
            {
                NativeMemory.Free(space);
            }
        }

        GC.KeepAlive(self);
        KeepAlive(args);
        return count;
    }

    private int InvokeWithLists(ReadOnlySpan<Arg> args, NativeValue* values, int first, NativeValue* outs, int capacity, byte* space)
    {
        for (int k = 0; k < args.Length; k++)
        {
            if (args[k].Kept is { } kept and not Tensor)
            {
                space = Marshalled.Write(kept, ref values[k + first], space);
            }
        }

        int count;
        EngineErrors.Check(NativeEngine.eng_call(Handle, values, args.Length + first, outs, capacity, &count));
        return count;
    }

    // A wrapper whose last use is its handle may otherwise be finalised while the native call runs.
    private static void KeepAlive(ReadOnlySpan<Arg> args)
    {
        foreach (ref readonly Arg arg in args)
        {
            GC.KeepAlive(arg.Kept);
        }
    }

    private static Tensor Take(in NativeValue value) => Tensor.Own(value.Tag == ValueTag.Tensor ? (nint)value.Pointer : 0)!;

    private static Tensor[] TakeAll(NativeValue* values, int count)
    {
        Tensor[] tensors = new Tensor[count];
        for (int k = 0; k < count; k++)
        {
            tensors[k] = Take(values[k]);
        }

        return tensors;
    }

    private NotSupportedException Unexpected() => new($"{Name} does not return what is expected of it here: {Schema}");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private nint Find()
    {
        nint found;
        EngineErrors.Check(NativeEngine.eng_op_find("aten::" + name, overload, &found));
        _handle = found;
        return found;
    }
}
