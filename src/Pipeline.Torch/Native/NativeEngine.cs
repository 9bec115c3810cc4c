using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.Diagnostics;

namespace TorchSharp.Native;

/// <summary>
/// The C border to libtorch (native/engine.cpp). Every entry that can fail returns an error kind, which <see cref="EngineErrors.Check"/> turns into an exception.
/// </summary>
internal static unsafe partial class NativeEngine
{
    /// <summary>Path of the native library, when it is not beside the assembly.</summary>
    public const string PathVariable = "MOODPIPE_ENGINE";

    private const string Library = "moodpipe_torch";
    private const int AbiVersion = 1;

    /// <summary>Address of the count of bytes that live CPU tensors occupy; the native side updates it at any time.</summary>
    private static readonly long* s_liveBytes = Start();

    /// <summary>Bytes of all CPU storages that libtorch holds now. Memory lent through <c>from_blob</c> is not counted.</summary>
    public static long LiveBytes => Volatile.Read(ref *s_liveBytes);

    private static long* Start()
    {
        OpenMpDefaults.Apply();
        NativeLibrary.SetDllImportResolver(typeof(NativeEngine).Assembly, Resolve);
        int version = eng_abi_version();
        if (version != AbiVersion)
        {
            throw new NotSupportedException($"the native engine speaks version {version} of its interface, this assembly {AbiVersion}: build both from the same sources");
        }

        EngineMetrics.Publish();
        return eng_start();
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != Library)
        {
            return 0;
        }

        string path = Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named
            ? named
            : Path.Combine(AppContext.BaseDirectory, $"lib{Library}.so");
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException(
                $"the tensor engine cannot be loaded from {path}: {e.Message}. Is libtorch installed (package libtorch-dev)? {PathVariable} may name the library elsewhere.", e);
        }
    }

    [LibraryImport(Library)]
    private static partial int eng_abi_version();

    [LibraryImport(Library)]
    private static partial long* eng_start();

    [LibraryImport(Library)]
    private static partial byte* eng_torch_version();

    [LibraryImport(Library)]
    private static partial int eng_last_error(byte* buffer, int capacity);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int eng_op_find(string name, string overload, nint* op);

    [LibraryImport(Library)]
    private static partial int eng_op_schema(nint op, byte* buffer, int capacity);

    [LibraryImport(Library)]
    public static partial int eng_call(nint op, NativeValue* args, int nargs, NativeValue* outs, int capacity, int* nouts);

    [LibraryImport(Library)]
    public static partial int eng_call_rest(NativeValue* outs, int capacity);

    [LibraryImport(Library)]
    public static partial void eng_tensor_free(nint tensor);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial nint eng_tensor_alias(nint tensor);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int eng_tensor_info(nint tensor, TensorInfo* info, long* sizes, long* strides, int capacity);

    [LibraryImport(Library)]
    public static partial int eng_tensor_data(nint tensor, void** data);

    [LibraryImport(Library)]
    public static partial int eng_tensor_from_blob(
        void* data, long* sizes, long* strides, int ndim, int dtype, long device, delegate* unmanaged[Cdecl]<nint, void> release, nint context, nint* tensor);

    [LibraryImport(Library)]
    public static partial int eng_requires_grad_set(nint tensor, int requiresGrad);

    [LibraryImport(Library)]
    public static partial int eng_grad_get(nint tensor, nint* grad);

    [LibraryImport(Library)]
    public static partial int eng_grad_set(nint tensor, nint grad);

    [LibraryImport(Library)]
    public static partial int eng_backward(nint* roots, nint* grads, int n, int retain, int create, nint* inputs, int ninputs);

    [LibraryImport(Library)]
    public static partial int eng_grad(
        nint* outputs, int noutputs, nint* inputs, int ninputs, nint* gradOutputs, int retain, int create, int allowUnused, nint* results);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int eng_grad_mode_get();

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial void eng_grad_mode_set(int enabled);

    [LibraryImport(Library)]
    public static partial nint eng_inference_enter(int enabled);

    [LibraryImport(Library)]
    public static partial void eng_inference_leave(nint guard);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    public static partial int eng_inference_get();

    [LibraryImport(Library)]
    public static partial int eng_manual_seed(ulong seed);

    [LibraryImport(Library)]
    public static partial int eng_generator_new(ulong seed, long device, nint* generator);

    [LibraryImport(Library)]
    public static partial int eng_generator_default(long device, nint* generator);

    [LibraryImport(Library)]
    public static partial void eng_generator_free(nint generator);

    [LibraryImport(Library)]
    public static partial int eng_generator_seed(nint generator, int action, ulong* seed);

    [LibraryImport(Library)]
    public static partial int eng_generator_get_state(nint generator, nint* state);

    [LibraryImport(Library)]
    public static partial int eng_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)]
    public static partial int eng_default_dtype_set(int dtype);

    [LibraryImport(Library)]
    public static partial int eng_set_num_threads(int n);

    [LibraryImport(Library)]
    public static partial int eng_get_num_threads();

    [LibraryImport(Library)]
    public static partial int eng_set_num_interop_threads(int n);

    [LibraryImport(Library)]
    public static partial int eng_get_num_interop_threads();

    [LibraryImport(Library)]
    public static partial int eng_cuda_available();

    [LibraryImport(Library)]
    public static partial int eng_cuda_count();

    [LibraryImport(Library)]
    public static partial int eng_cuda_has_cudnn();

    [LibraryImport(Library)]
    public static partial int eng_cuda_sync(int device);

    [LibraryImport(Library)]
    public static partial int eng_allow_tf32(int which, int value);

    /// <summary>The version of libtorch that the native library was compiled against.</summary>
    public static string TorchVersion => Marshal.PtrToStringUTF8((nint)eng_torch_version())!;

    /// <summary>The text of the last failed call on this thread.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static string LastError()
    {
        int length = eng_last_error(null, 0);
        byte[] text = new byte[length + 1];
        fixed (byte* p = text)
        {
            _ = eng_last_error(p, text.Length);
        }

        return System.Text.Encoding.UTF8.GetString(text, 0, length);
    }

    /// <summary>The schema of a found operator, as libtorch writes it.</summary>
    public static string Schema(nint op)
    {
        byte[] text = new byte[eng_op_schema(op, null, 0) + 1];
        fixed (byte* p = text)
        {
            _ = eng_op_schema(op, p, text.Length);
        }

        return System.Text.Encoding.UTF8.GetString(text, 0, text.Length - 1);
    }
}
