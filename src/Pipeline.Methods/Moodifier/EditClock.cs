namespace Pipeline.Methods.Moodifier;

/// <summary>Adds up where the time of an edit goes; measures only, decides nothing.</summary>
internal sealed class EditClock(TimeProvider time)
{
    private readonly Dictionary<string, TimeSpan> spent = [];

    public T Measure<T>(string part, Func<T> work)
    {
        long start = time.GetTimestamp();
        T result = work();
        spent[part] = spent.GetValueOrDefault(part) + time.GetElapsedTime(start);
        return result;
    }

    public TimeSpan this[string part] => spent.GetValueOrDefault(part);
}
