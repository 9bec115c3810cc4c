using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>Error kinds of the native border, and the exceptions they become.</summary>
internal static class EngineErrors
{
    /// <summary><see cref="ExternalException.ErrorCode"/> of a failed allocation (E_OUTOFMEMORY). A smaller batch may succeed.</summary>
    public const int OutOfMemory = unchecked((int)0x8007000E);

    /// <summary>Throws unless <paramref name="kind"/> is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(int kind)
    {
        if (kind != 0)
        {
            Throw(kind);
        }
    }

    /// <summary>
    /// Errors of libtorch are <see cref="ExternalException"/>, as in TorchSharp; an allocation that failed carries <see cref="OutOfMemory"/> and the words "out of memory".
    /// </summary>
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Throw(int kind)
    {
        string text = NativeEngine.LastError();
        throw kind switch
        {
            2 => new ExternalException(text.Contains("out of memory", StringComparison.OrdinalIgnoreCase) ? text : $"out of memory: {text}", OutOfMemory),
            3 => new NotSupportedException($"this libtorch ({NativeEngine.TorchVersion}) has no operator aten::{text.Replace("aten::", "", StringComparison.Ordinal)}"),
            5 => new ArgumentException(text),
            _ => new ExternalException(text),
        };
    }
}
