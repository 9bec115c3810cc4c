using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// No gradients are recorded on this thread until the result is disposed. The mode belongs to the thread: a new thread, or a continuation after <c>await</c>, records again.
    /// </summary>
    public static IDisposable no_grad() => new GradModeScope(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradModeScope(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradModeScope(mode);

    public static bool is_grad_enabled() => NativeEngine.eng_grad_mode_get() != 0;

    /// <summary>
    /// Like <see cref="no_grad"/>, and tensors made inside can never take part in a gradient: not for values that a later optimisation reads.
    /// </summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceModeScope(mode);

    public static bool is_inference_mode_enabled() => NativeEngine.eng_inference_get() != 0;

    private sealed class GradModeScope : IDisposable
    {
        private readonly int _before = NativeEngine.eng_grad_mode_get();
        private bool _left;

        public GradModeScope(bool enabled) => NativeEngine.eng_grad_mode_set(enabled ? 1 : 0);

        public void Dispose()
        {
            if (!_left)
            {
                _left = true;
                NativeEngine.eng_grad_mode_set(_before);
            }
        }
    }

    private sealed class InferenceModeScope(bool enabled) : IDisposable
    {
        private readonly int _thread = Environment.CurrentManagedThreadId;
        private nint _guard = NativeEngine.eng_inference_enter(enabled ? 1 : 0);

        public void Dispose()
        {
            if (_guard == 0)
            {
                return;
            }

            if (Environment.CurrentManagedThreadId != _thread)
            {
                throw new InvalidOperationException("inference mode must be left on the thread that entered it: no await inside inference_mode()");
            }

            NativeEngine.eng_inference_leave(Interlocked.Exchange(ref _guard, 0));
        }
    }
}
