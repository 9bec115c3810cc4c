using System.Text;

namespace Pipeline.Ledger.Sqlite;

/// <summary>The current row of a query; valid only while the callback runs.</summary>
internal readonly unsafe ref struct SqliteRow(nint statement)
{
    private readonly nint statement = statement;

    public int Columns => SqliteNative.sqlite3_column_count(statement);

    public long Long(int column) => SqliteNative.sqlite3_column_int64(statement, column);

    public int Int(int column) => checked((int)Long(column));

    public double Double(int column) => SqliteNative.sqlite3_column_double(statement, column);

    public bool IsNull(int column) => SqliteNative.sqlite3_column_type(statement, column) == SqliteNative.TypeNull;

    public string Text(int column) => Encoding.UTF8.GetString(Span(column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public byte[] Bytes(int column) => Span(column).ToArray();

    private ReadOnlySpan<byte> Span(int column)
    {
        byte* data = SqliteNative.sqlite3_column_blob(statement, column);
        return new ReadOnlySpan<byte>(data, SqliteNative.sqlite3_column_bytes(statement, column));
    }
}
