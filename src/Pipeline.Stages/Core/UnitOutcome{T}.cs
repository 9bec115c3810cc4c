namespace Pipeline.Stages.Core;

/// <summary>Result of the computation of one unit: a value, or the reason why there is none. One bad unit never spoils its batch.</summary>
public readonly record struct UnitOutcome<T>
{
    internal UnitOutcome(T? value, Exception? error) => (Value, Error) = (value, error);

    /// <summary>The value; meaningless when there is an error.</summary>
    public T? Value { get; }

    /// <summary>The reason of a failure.</summary>
    public Exception? Error { get; }

    /// <summary>A value.</summary>
    public static implicit operator UnitOutcome<T>(T value) => new(value, null);
}
