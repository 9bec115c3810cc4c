using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers of its own. The same seed gives the numbers that Python's <c>torch.Generator</c> gives.</summary>
    public unsafe class Generator : IDisposable
    {
        private nint _handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            nint handle;
            EngineErrors.Check(NativeEngine.eng_generator_new(seed, this.device.Code, &handle));
            _handle = handle;
        }

        private Generator(nint handle, Device device)
        {
            _handle = handle;
            this.device = device;
        }

        ~Generator() => Dispose(false);

        /// <summary>The generator that functions use where none is given. A new object at each call, for the same native generator.</summary>
        public static Generator Default
        {
            get
            {
                nint handle;
                EngineErrors.Check(NativeEngine.eng_generator_default(CPU.Code, &handle));
                return new Generator(handle, CPU);
            }
        }

        public Device device { get; }

        public IntPtr Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Generator));

        /// <summary>The state, as a byte tensor of the caller.</summary>
        public Tensor get_state()
        {
            nint state;
            EngineErrors.Check(NativeEngine.eng_generator_get_state(Handle, &state));
            GC.KeepAlive(this);
            return Tensor.Own(state)!;
        }

        public void set_state(Tensor value)
        {
            EngineErrors.Check(NativeEngine.eng_generator_set_state(Handle, value.Live));
            GC.KeepAlive(this);
            GC.KeepAlive(value);
        }

        public Generator manual_seed(long seed)
        {
            _ = Seed(0, unchecked((ulong)seed));
            return this;
        }

        /// <summary>The seed that was set last.</summary>
        public long initial_seed() => unchecked((long)Seed(1, 0));

        /// <summary>Seeds from the system's randomness and returns that seed.</summary>
        public long seed() => unchecked((long)Seed(2, 0));

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing) => NativeEngine.eng_generator_free(Interlocked.Exchange(ref _handle, 0));

        private ulong Seed(int action, ulong value)
        {
            EngineErrors.Check(NativeEngine.eng_generator_seed(Handle, action, &value));
            GC.KeepAlive(this);
            return value;
        }
    }
}
