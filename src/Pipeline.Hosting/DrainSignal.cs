using System.Runtime.InteropServices;

namespace Pipeline.Hosting;

/// <summary>
/// Turns signals into an orderly stop. The first SIGINT or SIGTERM asks for a drain: finish what is in hand, take nothing new.
/// The second stops at once.
/// </summary>
public sealed class DrainSignal : IDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action? _onDrain;
    private int _count;

    /// <summary>Listens from now on until disposed.</summary>
    /// <param name="onDrain">Called once, at the first signal: tells the user what happens now.</param>
    public DrainSignal(Action? onDrain = null)
    {
        _onDrain = onDrain;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Drain => _drain.Token;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _drain.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) == 1)
        {
            _onDrain?.Invoke();
            _drain.Cancel();
        }
        else
        {
            _stop.Cancel();
        }
    }
}
