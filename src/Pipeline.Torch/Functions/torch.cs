using TorchSharp.Native;

namespace TorchSharp;

/// <summary>Functions, element types and devices of libtorch, under the names of the TorchSharp API.</summary>
public static partial class torch
{
    public static readonly Device CPU = new(DeviceType.CPU);
    public static readonly Device META = new(DeviceType.META);

    public static readonly ScalarType uint8 = ScalarType.Byte;
    public static readonly ScalarType int8 = ScalarType.Int8;
    public static readonly ScalarType int16 = ScalarType.Int16;
    public static readonly ScalarType int32 = ScalarType.Int32;
    public static readonly ScalarType int64 = ScalarType.Int64;
    public static readonly ScalarType float16 = ScalarType.Float16;
    public static readonly ScalarType float32 = ScalarType.Float32;
    public static readonly ScalarType float64 = ScalarType.Float64;
    public static readonly ScalarType bfloat16 = ScalarType.BFloat16;
    public static readonly ScalarType half = ScalarType.Float16;
    public static readonly ScalarType @short = ScalarType.Int16;
    public static readonly ScalarType @int = ScalarType.Int32;
    public static readonly ScalarType @long = ScalarType.Int64;
    public static readonly ScalarType @float = ScalarType.Float32;
    public static readonly ScalarType @double = ScalarType.Float64;
    public static readonly ScalarType @bool = ScalarType.Bool;

    private static ScalarType s_defaultType = ScalarType.Float32;
    private static Device s_defaultDevice = CPU;

    public static Device CUDA { get; } = new(DeviceType.CUDA);

    /// <summary>The version of libtorch in use.</summary>
    public static string __version__ => NativeEngine.TorchVersion;

    /// <summary>The innermost open scope of this thread; null when there is none.</summary>
    public static DisposeScope CurrentDisposeScope => DisposeScopeManager.Innermost!;

    /// <summary>Opens a scope that disposes, at its end, the tensors made on this thread until then.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.Open();

    /// <summary>Runs <paramref name="expr"/> in a scope of its own; only its result outlives the scope.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using DisposeScope scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    public static ScalarType get_default_dtype() => s_defaultType;

    public static void set_default_dtype(ScalarType dtype)
    {
        EngineErrors.Check(NativeEngine.eng_default_dtype_set((int)dtype));
        s_defaultType = dtype;
    }

    public static Device get_default_device() => s_defaultDevice;

    public static void set_default_device(Device device) => s_defaultDevice = device;

    public static int get_num_threads() => NativeEngine.eng_get_num_threads();

    /// <summary>Threads that one operator may use. libtorch's own default is not the number of cores everywhere: set it.</summary>
    public static void set_num_threads(int num) => EngineErrors.Check(NativeEngine.eng_set_num_threads(num));

    public static int get_num_interop_threads() => NativeEngine.eng_get_num_interop_threads();

    public static void set_num_interop_threads(int num) => EngineErrors.Check(NativeEngine.eng_set_num_interop_threads(num));

    /// <summary>Seeds the default generators of all devices.</summary>
    public static Generator manual_seed(long seed)
    {
        EngineErrors.Check(NativeEngine.eng_manual_seed(unchecked((ulong)seed)));
        return Generator.Default;
    }

    public static Tensor get_rng_state()
    {
        using Generator generator = Generator.Default;
        return generator.get_state();
    }

    public static void set_rng_state(Tensor new_state)
    {
        using Generator generator = Generator.Default;
        generator.set_state(new_state);
    }

    /// <summary>Fails at once, with libtorch's reason, when a device of this kind cannot be used.</summary>
    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (deviceType is DeviceType.CPU or DeviceType.META)
        {
            return;
        }

        using Tensor probe = Aten.empty_memory_format.Call(new long[] { 1 }, ScalarType.Float32, Arg.None, new Device(deviceType));
    }

    public static bool TryInitializeDeviceType(DeviceType deviceType)
    {
        try
        {
            InitializeDeviceType(deviceType);
            return true;
        }
        catch (System.Runtime.InteropServices.ExternalException)
        {
            return false;
        }
    }

    public static Device InitializeDevice(Device? device)
    {
        device ??= s_defaultDevice;
        InitializeDeviceType(device.type);
        return device;
    }

    public static bool is_tensor(object obj) => obj is Tensor;

    public static bool is_floating_point(ScalarType type) => type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;

    public static bool is_integral(ScalarType type) =>
        type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;

    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;
}
