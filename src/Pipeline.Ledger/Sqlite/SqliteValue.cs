namespace Pipeline.Ledger.Sqlite;

/// <summary>A value for a statement's parameter: null, integer, real, text or bytes.</summary>
internal readonly struct SqliteValue
{
    private SqliteValue(long integer, double real, object? reference, byte kind) => (Integer, Real, Reference, Kind) = (integer, real, reference, kind);

    public long Integer { get; }

    public double Real { get; }

    public object? Reference { get; }

    /// <summary>0 null, 1 integer, 2 real, 3 text, 4 bytes.</summary>
    public byte Kind { get; }

    public static implicit operator SqliteValue(long value) => new(value, 0, null, 1);

    public static implicit operator SqliteValue(int value) => new(value, 0, null, 1);

    public static implicit operator SqliteValue(long? value) => value is { } some ? some : default(SqliteValue);

    public static implicit operator SqliteValue(int? value) => value is { } some ? some : default(SqliteValue);

    public static implicit operator SqliteValue(double? value) => value is { } some ? some : default(SqliteValue);

    public static implicit operator SqliteValue(double value) => new(0, value, null, 2);

    public static implicit operator SqliteValue(string? value) => value is null ? default : new(0, 0, value, 3);

    public static implicit operator SqliteValue(byte[] value) => new(0, 0, value, 4);
}
