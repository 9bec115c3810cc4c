using System.Diagnostics.Metrics;

namespace Pipeline.TestKit;

/// <summary>Bytes of all tensors, gradients and saved activations, as the engine publishes them; compiled into the test assemblies that read it.</summary>
internal sealed class EngineBytes : IDisposable
{
    private readonly MeterListener listener = new();
    private long last;

    public EngineBytes()
    {
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "moodpipe.torch.memory")
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => last = value);
        listener.Start();
    }

    public long Now()
    {
        listener.RecordObservableInstruments();
        return last;
    }

    public void Dispose() => listener.Dispose();
}
