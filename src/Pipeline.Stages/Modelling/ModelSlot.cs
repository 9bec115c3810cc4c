namespace Pipeline.Stages.Modelling;

/// <summary>
/// A model that is loaded when it is first needed, so that a run whose results are all stored loads none. Used on the compute thread only. A failed load is tried again at the
/// next use, because its cause (a missing file) may be gone by then.
/// </summary>
/// <param name="load">Loads the model.</param>
public sealed class ModelSlot<T>(Func<T> load) : IDisposable
    where T : class
{
    private T? value;

    /// <summary>The model.</summary>
    public T Value => value ??= load();

    /// <summary>Whether the model is in memory.</summary>
    public bool IsLoaded => value is not null;

    /// <summary>Frees the model, if it was loaded.</summary>
    public void Dispose()
    {
        (value as IDisposable)?.Dispose();
        value = null;
    }
}
