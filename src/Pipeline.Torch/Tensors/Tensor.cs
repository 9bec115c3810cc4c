using System.Runtime.CompilerServices;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor of libtorch. Owns one reference to native memory: dispose it, or make it inside a <see cref="DisposeScope"/>, which disposes it at its end.
    /// The finalizer is only a safety net.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private static long s_totalCount;
        private static long s_peakCount;

        private nint _handle;

        internal Tensor(nint handle)
        {
            _handle = handle;
            Born();
            DisposeScopeManager.Register(this);
        }

        /// <summary>Takes over the native tensor and the scope of <paramref name="source"/>, which becomes invalid.</summary>
        internal Tensor(Tensor source)
        {
            DisposeScope? scope = source.Scope;
            _handle = source.Release();
            Born();
            DisposeScopeManager.RegisterIn(scope, this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>Tensors that exist now in the process and own a native tensor.</summary>
        public static long TotalCount => Interlocked.Read(ref s_totalCount);

        /// <summary>The largest <see cref="TotalCount"/> so far.</summary>
        public static long PeakCount => Interlocked.Read(ref s_peakCount);

        /// <summary>Whether the native tensor is gone (disposed, or moved into a parameter).</summary>
        public bool IsInvalid => _handle == 0;

        public IntPtr Handle => Live;

        /// <summary>The scope that will dispose this tensor, and the place in it.</summary>
        internal DisposeScope? Scope { get; set; }

        internal int ScopeSlot { get; set; }

        internal nint Live
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Tensor), "the tensor is disposed, or was moved into a parameter");
        }

        /// <summary>A tensor object for a native reference that the caller gives away; null for the undefined tensor.</summary>
        internal static Tensor? Own(nint handle) => handle == 0 ? null : new Tensor(handle);

        /// <summary>A second object for the same native tensor.</summary>
        internal Tensor Alias()
        {
            Tensor alias = new(NativeEngine.eng_tensor_alias(Live));
            GC.KeepAlive(this);
            return alias;
        }

        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        /// <summary>Gives the native reference to the caller; this object becomes invalid and leaves its scope.</summary>
        public IntPtr DecoupleFromNativeHandle() => Release();

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            nint handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0)
            {
                return;
            }

            if (disposing)
            {
                DisposeScopeManager.Disposed(this);
            }

            NativeEngine.eng_tensor_free(handle);
            Interlocked.Decrement(ref s_totalCount);
            MemoryPressure.Follow();
        }

        /// <summary>Takes over the native tensor of <paramref name="other"/>, which becomes invalid; the object and its scope stay.</summary>
        internal void Become(Tensor other)
        {
            nint old = Interlocked.Exchange(ref _handle, other.Release());
            NativeEngine.eng_tensor_free(old);
        }

        private nint Release()
        {
            nint handle = Live;
            DisposeScopeManager.Disposed(this);
            _handle = 0; // from here on Dispose and the finalizer find nothing
            Interlocked.Decrement(ref s_totalCount);
            return handle;
        }

        private static void Born()
        {
            long total = Interlocked.Increment(ref s_totalCount);
            long peak = Volatile.Read(ref s_peakCount);
            while (total > peak)
            {
                long seen = Interlocked.CompareExchange(ref s_peakCount, total, peak);
                if (seen == peak)
                {
                    break;
                }

                peak = seen;
            }

            MemoryPressure.Follow();
        }

        /// <summary>Moves to the scope around the one that holds this tensor; without an outer scope, out of all scopes.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            Scope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.Scope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (Scope is { } scope)
            {
                scope.MoveToOther(other, this);
            }
            else
            {
                other?.Attach((IDisposable)this);
            }

            return this;
        }

        /// <summary>Takes the tensor out of its scope: from now on the caller disposes it.</summary>
        public Tensor DetachFromDisposeScope()
        {
            Scope?.Detach(this);
            return this;
        }
    }
}
